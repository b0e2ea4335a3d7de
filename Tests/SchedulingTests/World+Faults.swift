import DevStore

extension World {
    /// Returns once the script holds so many requests.
    func held(_ count: Int) async { await devStore.faults.waitUntilHeld(count) }
}
