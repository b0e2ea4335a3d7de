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

    /// Uploads that could not be aborted when their job ended are aborted once the store can be reached again.
    nonisolated func abortLeftovers() async {
        repeat {
            let open = (try? await store.openIntentions(nil)) ?? []
            for number in Set(open.map(\.job)) {
                guard let job = try? await store.job(number), job.state.isFinal, table[number] == nil else { continue }
                await abortUploads(of: job)
            }
        } while (try? await Task.sleep(for: .seconds(60))) != nil
    }
}
