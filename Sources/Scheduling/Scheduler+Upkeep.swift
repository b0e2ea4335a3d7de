import Logging
import Model
import Storage

/// What goes on beside the jobs, for as long as the service runs.
extension Scheduler {
    nonisolated func sampleRates() async {
        let clock = ContinuousClock()
        while (try? await Task.sleep(for: .milliseconds(500))) != nil {
            for run in table.all { run.live.sample(at: clock.now) }
        }
    }

    /// Ended jobs go when their time is over, a minute late at most.
    nonisolated func purge() async {
        let interval = min(max(configuration.retention, .seconds(1)), .seconds(60))
        repeat {
            let limit = surroundings.now().advanced(by: .zero - configuration.retention)
            do {
                while try await store.purge(endedBefore: limit, limit: 100) > 0 {}
            } catch {
                surroundings.logger.warning("old jobs can't be purged", metadata: ["reason": "\(error)"])
            }
        } while (try? await Task.sleep(for: interval)) != nil
    }
}
