import HTTPServer
import Synchronization

/// What one request's body goes to: reads it by a `PayloadReader`, and keeps the outcome for the handler.
///
/// The file, if any, is only made when the first byte comes, because choosing a sink must not block.
final class BodyCollector: Sendable {
    private struct State: ~Copyable {
        var reader: PayloadReader?
        var placement: Placement?
        var failure: S3Failure?
        var payload: Payload?
        var isFinished = false
        var receivedBytes: Int64 = 0
    }

    private let state: Mutex<State>
    private let plan: BodyReading
    private let store: ObjectStore

    init(plan: BodyReading, store: ObjectStore) {
        self.plan = plan
        self.store = store
        state = Mutex(State())
    }

    func receive(_ bytes: UnsafeRawBufferPointer) throws {
        try state.withLock { state throws(S3Failure) in
            state.receivedBytes += Int64(bytes.count)
            do throws(S3Failure) {
                if state.reader == nil { try open(&state, hasBytes: true) }
                try unsafe state.reader?.receive(bytes)
            } catch {
                state.failure = error
                throw error
            }
        }
    }

    func finish(error: (any Error)?) {
        let hasLeft = error is ServerError
        let hasFailed = state.withLock { state -> Bool in
            guard !state.isFinished else { return false }
            state.isFinished = true
            if hasLeft, state.failure == nil { state.failure = S3Failure(.incompleteBody) }
            if state.failure == nil { complete(&state) }
            state.reader = nil
            return state.failure != nil
        }
        if hasFailed { letGo(isKept: false) }
    }

    /// The body; it counts as empty when none came.
    func result() throws(S3Failure) -> Payload {
        finish(error: nil)
        let (payload, failure) = state.withLock { ($0.payload, $0.failure) }
        if let failure { throw failure }
        return payload ?? Payload()
    }

    /// Bytes of the object or part that came, without framing.
    var sizeInBytes: Int64 { state.withLock { $0.payload?.sizeInBytes ?? 0 } }

    /// Bytes that came so far, with framing.
    var receivedBytes: Int64 { state.withLock { $0.receivedBytes } }

    /// The request is over: the journal refers to the body's bytes, or they go.
    func letGo(isKept: Bool) {
        let placement = state.withLock { state -> Placement? in
            defer { state.placement = nil }
            return state.placement
        }
        if let placement { store.release(placement, isKept: isKept) }
    }

    /// A request whose handler was never called.
    deinit {
        letGo(isKept: false)
    }

    private func complete(_ state: inout State) {
        do throws(S3Failure) {
            if state.reader == nil { try open(&state, hasBytes: false) }
            state.payload = try state.reader?.finish()
        } catch {
            state.failure = error
        }
    }

    private func open(_ state: inout State, hasBytes: Bool) throws(S3Failure) {
        var target: PayloadReader.Target = .nowhere
        switch plan.destination {
        case .nowhere: break
        case .memory: target = .memory(limitInBytes: StoreLimits.documentInBytes)
        case .object(let size) where hasBytes:
            state.placement = try store.place(size)
        case .part(let number, let upload, let size) where hasBytes:
            state.placement = try store.place(part: number, size: size, upload: upload)
        case .object, .part: break
        }
        if let placement = state.placement { target = .file(placement.file, offset: placement.offset) }
        state.reader = PayloadReader(rules: plan.rules, kinds: plan.kinds, target: target, signer: plan.signer)
    }
}
