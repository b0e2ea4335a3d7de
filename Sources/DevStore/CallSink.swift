import HTTPServer

/// Ties a body to its call, so that a client that leaves in the middle is counted as gone.
final class CallSink: BodySink {
    let call: Call
    private let service: StoreService

    init(call: Call, service: StoreService) {
        self.call = call
        self.service = service
    }

    func receive(_ bytes: UnsafeRawBufferPointer) throws {
        try unsafe call.body?.receive(bytes)
    }

    func finish(error: (any Error)?) {
        call.body?.finish(error: error)
        // The sink's own error is answered by the handler; the server's errors mean that nobody waits for an answer.
        if error is ServerError { service.abandon(call) }
    }
}
