internal import CurlTransport
package import Logging
package import Metrics
package import Model
package import Storage
internal import Synchronization

/// Sends the messages of the outbox, each until it is delivered or its schedule is over.
///
/// The outbox is the truth: what is in flight is known in memory only, so that a process that was killed sends it again.
/// Many are in flight at once, of one receiver a few, of one that has just failed one: a slow or dead receiver costs
/// nobody their turn.
package final class WebhookSender: Sendable {
    private struct State {
        var inFlight: [Int64: String] = [:]
        var counts: [String: Int] = [:]
        /// Receivers whose last attempt failed.
        var suspects: Set<String> = []
        var isDraining = false
        var timer: Task<Void, Never>?
    }

    private static let mostInFlight = 64
    private static let mostOfReceiver = 4

    private let store: JobStore
    private let exchange: WebhookExchange
    private let schedule: RetrySchedule
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let figures = WebhookFigures()
    private let state = Mutex(State())
    private let bell: WebhookBell

    package init(
        configuration: WebhookConfiguration, bell: WebhookBell, store: JobStore,
        now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) throws {
        self.bell = bell
        self.store = store
        exchange = try WebhookExchange(configuration)
        schedule = RetrySchedule(configuration.waits)
        self.now = now
        self.logger = logger
    }

    /// Works until its task is cancelled, or until nothing is due after `drain` was called. Called once.
    package func run() async {
        bell.ring()
        await withDiscardingTaskGroup { group in
            for await _ in bell.rings {
                let isOver = await round(in: &group)
                if isOver { break }
            }
            state.withLock { $0.timer?.cancel() }
        }
        await exchange.stop()
    }

    /// What is due is still sent, once; then `run` returns.
    package func drain() {
        state.withLock { $0.isDraining = true }
        bell.ring()
    }

    /// Begins what may begin now. Returns whether the work is over.
    private func round(in group: inout DiscardingTaskGroup) async -> Bool {
        let (except, room) = state.withLock { (Set($0.inFlight.keys), Self.mostInFlight - $0.inFlight.count) }
        do throws(StorageError) {
            let due = try await store.dueDeliveries(at: now(), except: except, limit: room) { self.room(for: $0) }
            for delivery in due.deliveries {
                begin(delivery)
                group.addTask { await self.send(delivery) }
            }
            let isIdle = state.withLock { $0.inFlight.isEmpty }
            if isIdle, state.withLock({ $0.isDraining }) { return true }
            if let next = due.next { ring(after: next.since(now())) }
        } catch {
            if error.code == .closed { return true }
            logger.warning("the outbox of webhooks can't be read", metadata: ["reason": "\(error)"])
            ring(after: .seconds(5))
        }
        return false
    }

    private func ring(after wait: Duration) {
        let timer = Task { [bell] in
            guard (try? await Task.sleep(for: max(wait, .milliseconds(10)))) != nil else { return }
            bell.ring()
        }
        state.withLock { state in
            state.timer?.cancel()
            state.timer = timer
        }
    }

    private func room(for origin: String) -> Int {
        state.withLock { state in
            (state.suspects.contains(origin) ? 1 : Self.mostOfReceiver) - (state.counts[origin] ?? 0)
        }
    }

    private func begin(_ delivery: DueDelivery) {
        figures.inFlight.raise()
        state.withLock { state in
            state.inFlight[delivery.number] = delivery.origin
            state.counts[delivery.origin, default: 0] += 1
        }
    }

    private func send(_ delivery: DueDelivery) async {
        let began = ContinuousClock.now
        let verdict = await exchange.send(delivery, at: now())
        if verdict != .cut {
            figures.duration.observe(began.duration(to: .now))
            await record(verdict, of: delivery)
        }
        figures.inFlight.lower()
        state.withLock { state in
            state.inFlight[delivery.number] = nil
            let left = (state.counts[delivery.origin] ?? 1) - 1
            state.counts[delivery.origin] = left > 0 ? left : nil
            if case .failed = verdict {
                state.suspects.insert(delivery.origin)
            } else {
                state.suspects.remove(delivery.origin)
            }
        }
        bell.ring()
    }

    private func record(_ verdict: DeliveryVerdict, of delivery: DueDelivery) async {
        let time = now()
        var attempt = DeliveryAttempt(
            number: delivery.number, state: .pending, status: nil, error: nil, nextAttemptTime: nil, time: time)
        switch verdict {
        case .delivered(let status):
            figures.delivered.add()
            (attempt.state, attempt.status) = (.delivered, status)
        case .gone:
            figures.disabled.add()
            (attempt.state, attempt.status, attempt.error) = (.disabled, 410, "the receiver wants no more of this job")
        case .failed(let status, let error, let after):
            (attempt.status, attempt.error) = (status, error)
            let wait = schedule.wait(
                afterTries: delivery.tries + 1, asked: after, chance: Double.random(in: 0...1))
            if let wait {
                figures.retried.add()
                attempt.nextAttemptTime = time.advanced(by: wait)
            } else {
                figures.failed.add()
                attempt.state = .failed
            }
        case .cut: return
        }
        tell(attempt, of: delivery)
        await keep(attempt)
    }

    /// While the disk refuses, the message is held here: sent again and again it would be a nuisance.
    private func keep(_ attempt: DeliveryAttempt) async {
        while true {
            do throws(StorageError) {
                return try await store.record(attempt)
            } catch {
                guard error.mayPass, (try? await Task.sleep(for: .seconds(1))) != nil else { return }
            }
        }
    }

    private func tell(_ attempt: DeliveryAttempt, of delivery: DueDelivery) {
        var metadata: Logger.Metadata = [
            "job": "\(delivery.jobID)", "delivery": "\(delivery.id)", "event": "\(delivery.event)",
            "state": "\(attempt.state.rawValue)",
        ]
        if let status = attempt.status { metadata["status"] = "\(status)" }
        if let trace = delivery.traceParent { metadata["trace_id"] = "\(trace.traceID)" }
        if let error = attempt.error {
            metadata["reason"] = "\(error)"
            if let next = attempt.nextAttemptTime { metadata["next"] = "\(next)" }
            logger.warning("webhook not delivered", metadata: metadata)
        } else {
            logger.info("webhook delivered", metadata: metadata)
        }
    }
}

extension WebhookSender: MetricSource {
    package func write(to exposition: inout Exposition) {
        figures.write(to: &exposition, pending: store.statistics.pendingDeliveries)
    }
}
