import DevStore

extension World {
    /// Returns once the script holds so many requests.
    func held(_ count: Int) async { await devStore.faults.waitUntilHeld(count) }

    /// How many requests the store has answered, once none is under way: a scripted answer counts after it was sent.
    func answered(_ operation: S3Operation) async -> Int {
        await devStore.wait { $0.inFlight.now == 0 }
        return devStore.statistics.count(operation)
    }
}
