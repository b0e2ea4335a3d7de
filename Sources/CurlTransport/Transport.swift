import Synchronization

/// Performs HTTP exchanges over libcurl's threads. May be used from any task.
///
/// The threads end with `stop`, or by themselves when the last reference goes.
package final class Transport: Sendable {
    private let mailboxes: [Mailbox]

    /// Starts the threads; throws `.other` when the system has no descriptors, memory or threads left.
    package init(configuration: TransportConfiguration = TransportConfiguration()) throws(TransportError) {
        var mailboxes: [Mailbox] = []
        do throws(TransportError) {
            for _ in 0..<max(1, configuration.loops) {
                let mailbox = try Mailbox()
                try LoopThread.start(MultiLoop(configuration: configuration, mailbox: mailbox))
                mailboxes.append(mailbox)
            }
        } catch {
            for mailbox in mailboxes { mailbox.post(.stop(nil)) }
            throw error
        }
        self.mailboxes = mailboxes
    }

    deinit {
        for mailbox in mailboxes { mailbox.post(.stop(nil)) }
    }

    /// One exchange: returns when the reply is complete, whatever its status. Cancelling the task cuts the transfer at
    /// once. In every case libcurl has let go of the descriptors and buffers when this returns.
    package func perform(_ exchange: Exchange) async throws(TransportError) -> Reply {
        if let fault = exchange.fault { throw fault }
        let pending = PendingExchange(exchange)
        let mailbox = leastLoaded()
        mailbox.load.add(1, ordering: .relaxed)
        defer { mailbox.load.subtract(1, ordering: .relaxed) }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if !mailbox.post(.start(pending, continuation)) { continuation.resume(returning: .failure(.stopped)) }
            }
        } onCancel: {
            mailbox.post(.cancel(pending))
        }
        return try outcome.get()
    }

    /// Every open exchange ends with `.stopped`, as does every later one. Returns when the threads have closed their
    /// connections.
    package func stop() async {
        for mailbox in mailboxes {
            await withCheckedContinuation { continuation in
                if !mailbox.post(.stop(continuation)) { continuation.resume() }
            }
        }
    }

    /// The first of the loops with the fewest exchanges: as many as are in flight spread evenly, and while their
    /// number stays the same so does each loop's, so connections are used again.
    private func leastLoaded() -> Mailbox {
        var chosen = mailboxes[0]
        var least = chosen.load.load(ordering: .relaxed)
        for mailbox in mailboxes.dropFirst() {
            let load = mailbox.load.load(ordering: .relaxed)
            if load < least { (chosen, least) = (mailbox, load) }
        }
        return chosen
    }
}
