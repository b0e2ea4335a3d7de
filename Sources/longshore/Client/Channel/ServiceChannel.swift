import HTTPTypes

/// The way to a service: over HTTP, or inside this process.
protocol ServiceChannel: Sendable {
    /// One call and its answer, whatever the status.
    ///
    /// - Throws: `ClientError` when no answer came.
    func call(_ head: HTTPRequest, body: [UInt8]) async throws(ClientError) -> ServiceReply

    /// As `call`, but the body of a 2xx answer goes to `take` piece by piece while it comes. Returns at its end.
    ///
    /// - Throws: `ClientError` also when the answer broke off, or when the task was cancelled.
    func stream(
        _ head: HTTPRequest, _ take: @escaping @Sendable ([UInt8]) -> Void
    ) async throws(ClientError) -> ServiceReply
}
