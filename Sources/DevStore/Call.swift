import Model
import Synchronization

/// One request on its way through the store, from its head to its answer.
final class Call: Sendable {
    /// Shown as `x-amz-request-id`.
    let id: String
    /// Nil when the target itself was refused.
    let request: S3Request?
    /// What the head alone is refused for.
    let refusal: S3Failure?
    /// When its head had come.
    let began: Timestamp
    let latency: Duration
    let fault: FaultRule?
    let rules: PayloadRules
    let body: BodyCollector?
    private let hasEnded = Atomic<Bool>(false)

    init(
        id: String, request: S3Request?, refusal: S3Failure?, began: Timestamp, latency: Duration, fault: FaultRule?,
        rules: PayloadRules = PayloadRules(), body: BodyCollector? = nil
    ) {
        self.id = id
        self.request = request
        self.refusal = refusal
        self.began = began
        self.latency = latency
        self.fault = fault
        self.rules = rules
        self.body = body
    }

    /// True for the first caller: whoever ends the call counts it.
    func end() -> Bool {
        !hasEnded.exchange(true, ordering: .relaxed)
    }
}
