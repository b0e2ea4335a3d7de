import CCurl

/// An exchange's way through the loop. Each continuation is resumed in `end` or `start`, once: the phase that holds it
/// is left at the same moment.
extension MultiLoop {
    /// The two orders of start and cancel: a cancel that was read first left the phase `over`, so the exchange ends
    /// here and nothing is sent; one that is read later finds it waiting or running and ends it in `cancel`.
    func start(_ pending: PendingExchange, _ continuation: CheckedContinuation<Outcome, Never>) {
        if case .over = pending.phase { return continuation.resume(returning: .failure(.cancelled)) }
        pending.startedAt = now
        pending.phase = .waiting(continuation)
        watchDue = min(watchDue, due(pending, movedAt: now))
        if !run(pending, continuation) { backlog.append(pending) }
    }

    func cancel(_ pending: PendingExchange) {
        switch pending.phase {
        case .unknown: pending.phase = .over
        case .waiting, .running: end(pending, .failure(.cancelled))
        case .over: break
        }
    }

    /// Ends what libcurl is done with and gives their handles to who waits.
    func finishDone() {
        var result = CURLE_OK
        while let easy = unsafe curl_multi_next_done(&result) {
            let handle = unsafe handles[Int(ccurl_transfer_of(easy).pointee.index)]
            guard let pending = handle.pending else { continue }
            end(pending, handle.outcome(result, now: now))
        }
        serveBacklog()
    }

    /// Ends every exchange whose time is over and finds out when to look again.
    func endOverdue() {
        watchDue = .max
        let running = handles.compactMap(\.pending)
        for pending in running + backlog.waiting {
            let movedAt = movedAt(pending)
            if now - movedAt >= pending.responseTimeout {
                fail(pending, .timeout, "no byte moved for too long")
            } else if now - pending.startedAt >= pending.totalTimeout {
                fail(pending, .timeout, "the exchange took too long")
            } else if isTooSlow(pending) {
                fail(pending, .timeout, "too few bytes moved for too long")
            } else {
                watchDue = min(watchDue, due(pending, movedAt: movedAt))
            }
        }
        serveBacklog()
    }

    func endAll(_ code: TransportError.Code, _ message: String) {
        for pending in handles.compactMap(\.pending) + backlog.waiting { fail(pending, code, message) }
    }

    private func curl_multi_next_done(_ result: inout CURLcode) -> UnsafeMutableRawPointer? {
        unsafe ccurl_multi_next_done(multi.multi, &result)
    }

    /// False when no handle is free.
    private func run(_ pending: PendingExchange, _ continuation: CheckedContinuation<Outcome, Never>) -> Bool {
        guard let index = freeHandles.popLast() ?? makeHandle() else { return false }
        let handle = handles[index]
        handle.pending = pending
        unsafe handle.transfer.pointee.moved_at = now
        pending.countedSince = now
        pending.phase = .running(continuation, handle: index)
        if let error = handle.prepare(pending.exchange, in: self) {
            release(handle)
            resume(pending, continuation, .failure(error))
        } else if unsafe curl_multi_add_handle(multi.multi, handle.easy) != CURLM_OK {
            let error = handle.error(.other, message: "libcurl does not take the transfer")
            release(handle)
            resume(pending, continuation, .failure(error))
        }
        return true
    }

    private func makeHandle() -> Int? {
        guard handles.count < configuration.connectionsPerLoop,
            let handle = unsafe EasyHandle(index: handles.count, clock: clock, loop: self)
        else { return nil }
        handles.append(handle)
        return handles.count - 1
    }

    func serveBacklog() {
        while !freeHandles.isEmpty, let pending = backlog.popFirst() {
            if case .waiting(let continuation) = pending.phase { _ = run(pending, continuation) }
        }
    }

    private func fail(_ pending: PendingExchange, _ code: TransportError.Code, _ message: String) {
        if case .running(_, let index) = pending.phase {
            end(pending, .failure(handles[index].error(code, message: message)))
        } else {
            end(pending, .failure(TransportError(code: code, message: message)))
        }
    }

    /// Takes the transfer from libcurl, which lets go of descriptors and buffers, and only then resumes who waits.
    private func end(_ pending: PendingExchange, _ outcome: Outcome) {
        switch pending.phase {
        case .unknown, .over: break
        case .waiting(let continuation): resume(pending, continuation, outcome)
        case .running(let continuation, let index):
            unsafe curl_multi_remove_handle(multi.multi, handles[index].easy)
            release(handles[index])
            resume(pending, continuation, outcome)
        }
    }

    private func release(_ handle: EasyHandle) {
        unsafe freeHandles.append(Int(handle.transfer.pointee.index))
        handle.clear()
    }

    private func resume(
        _ pending: PendingExchange, _ continuation: CheckedContinuation<Outcome, Never>, _ outcome: Outcome
    ) {
        pending.phase = .over
        pending.exchange.whenOver?()
        continuation.resume(returning: outcome)
    }

    private func movedAt(_ pending: PendingExchange) -> Int64 {
        guard case .running(_, let index) = pending.phase else { return now }
        return unsafe handles[index].transfer.pointee.moved_at
    }

    /// Begins to count anew when enough has moved.
    private func isTooSlow(_ pending: PendingExchange) -> Bool {
        guard case .running(_, let index) = pending.phase, now - pending.countedSince >= pending.countingSpan else {
            return false
        }
        let transfer = unsafe handles[index].transfer
        let bytes = unsafe transfer.pointee.sent + transfer.pointee.received + Int64(transfer.pointee.block.count)
        if bytes - pending.countedBytes < pending.fewestBytes { return true }
        (pending.countedSince, pending.countedBytes) = (now, bytes)
        return false
    }

    private func due(_ pending: PendingExchange, movedAt: Int64) -> Int64 {
        func end(_ start: Int64, _ span: Int64) -> Int64 {
            let end = start.addingReportingOverflow(span)
            return end.overflow ? .max : end.partialValue
        }
        var due = min(end(movedAt, pending.responseTimeout), end(pending.startedAt, pending.totalTimeout))
        if case .running = pending.phase { due = min(due, end(pending.countedSince, pending.countingSpan)) }
        return due
    }
}

extension TransportError {
    static let cancelled = TransportError(code: .cancelled, message: "the exchange was cancelled")
}
