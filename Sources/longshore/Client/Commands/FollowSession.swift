import ArgumentParser
import Foundation
import Model

/// Follows one job to its end, or until the caller has enough.
struct FollowSession: Sendable {
    /// What becomes of the job when this is interrupted.
    enum AtInterrupt: Sendable {
        /// It goes on at its service.
        case leave
        case cancel
        /// It rests in this state directory.
        case keep(String)
    }

    private enum Happening: Sendable {
        case ended(Result<RemoteJob, ClientError>)
        case interrupted(Int32)
    }

    /// How often a display may draw.
    private static let pace: Duration = .milliseconds(100)
    /// How long a service may be away.
    private static let patience: Duration = .seconds(120)

    let client: APIClient
    let id: JobID
    let options: FollowOptions
    let atInterrupt: AtInterrupt
    /// Whether the job can be retried once this has ended.
    var isKept = true

    /// - Throws: `ExitCode` for every end but success; `ClientError` when the job could not be followed.
    func run() async throws {
        let display = options.display
        let (ended, signal) = await watch(display)
        switch ended {
        case .success(let job)?:
            await display.finish(JobSummary(job: job, isKept: isKept))
            if let signal { throw ExitCode(128 + signal) }
            if !job.hasSucceeded { throw ExitCode(ClientError.Outcome.refused.rawValue) }
        case .failure(let error)?:
            await display.finish(nil)
            throw error
        case nil:
            await display.finish(nil)
            if signal != nil { await display.say(farewell) }
            throw ExitCode(128 + (signal ?? SIGINT))
        }
    }

    /// How the job ended, unless that was not waited for, and the first signal.
    private func watch(_ display: any JobDisplay) async -> (ended: Result<RemoteJob, ClientError>?, signal: Int32?) {
        let signals = stopSignals()
        let follower = JobFollower(client: client, id: id, types: options.types, patience: Self.patience)
        return await withTaskGroup(of: Happening?.self) { group in
            group.addTask {
                do throws(ClientError) {
                    return .ended(.success(try await follower.follow(display)))
                } catch {
                    return .ended(.failure(error))
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: Self.pace)
                    await display.tick()
                }
                return nil
            }
            group.addTask { .interrupted(await signals.wait()) }
            var signal: Int32?
            while let happening = await group.next() {
                switch happening {
                case nil: continue
                case .ended(let result)?:
                    group.cancelAll()
                    return (result, signal)
                case .interrupted(let number)? where signal != nil && (number == SIGHUP || number == SIGPIPE):
                    // The terminal, or whoever reads, is gone for good: that says nothing of patience.
                    group.addTask { .interrupted(await signals.wait()) }
                case .interrupted(let number)?:
                    guard case .cancel = atInterrupt, signal == nil else {
                        group.cancelAll()
                        return (nil, signal ?? number)
                    }
                    signal = number
                    await display.say("Interrupted: the job is being cancelled. Once more ends this without waiting.")
                    group.addTask { await cancel(display) }
                    group.addTask { .interrupted(await signals.wait()) }
                }
            }
            return (nil, signal)
        }
    }

    /// Where the job has to be ended, or rests in this process, it is also when the terminal or the reader goes away.
    private func stopSignals() -> StopSignals {
        if case .leave = atInterrupt { return StopSignals() }
        let signals = StopSignals(hangUp: true)
        Terminal.outlive { signals.send(SIGPIPE) }
        return signals
    }

    private func cancel(_ display: any JobDisplay) async -> Happening? {
        do throws(ClientError) {
            _ = try await client.act("cancel", on: id)
            return nil
        } catch {
            // It has just ended: the follower is told so, too.
            return error.code == "CONFLICT" ? nil : .ended(.failure(error))
        }
    }

    private var farewell: String {
        switch atInterrupt {
        case .leave:
            "Interrupted: the job goes on.\n  Watch it: longshore watch \(id)\n  End it:   longshore cancel \(id)"
        case .cancel: "Interrupted: the job may not be cancelled yet."
        case .keep(let directory):
            "Interrupted: what was moved is kept in \(directory); the same command goes on from there."
        }
    }
}
