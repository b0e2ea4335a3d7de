import DevStore
import Model
import Synchronization

extension World {
    /// Returns once the script holds so many requests.
    func held(_ count: Int) async {
        let faults = devStore.faults
        await devStore.wait { _ in faults.heldCount >= count }
    }
}
