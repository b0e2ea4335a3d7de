package import Metrics

/// What the API is told by the settings.
package struct APIConfiguration: Sendable {
    /// `AccessTokens.none` opens the service to everybody who reaches it.
    package var tokens: AccessTokens
    package var hosts = HostRule.any
    /// The bytes of `openapi/openapi.yaml`.
    package var openAPIDocument: [UInt8]
    /// Shown in the `Server` field.
    package var version: String
    package var features = Features()
    /// What `/metrics` shows beside the API's own.
    package var metrics: [any MetricSource] = []
    /// Of a request's body; a larger one is answered with 413.
    package var bodyLimitInBytes = 16 << 20
    /// Of `interval_ms` when a stream's reader gives none.
    package var defaultInterval: Duration = .milliseconds(500)
    /// Of `interval_ms`: a smaller one is raised to it, a larger one cut.
    package var intervals: ClosedRange<Duration> = .milliseconds(100) ... .seconds(60)
    /// A stream that was silent so long gets a comment. Below the 15 s of the contract, so that a busy machine keeps it.
    package var heartbeat: Duration = .seconds(12)

    package init(tokens: AccessTokens = .none, openAPIDocument: [UInt8] = [], version: String = "0") {
        self.tokens = tokens
        self.openAPIDocument = openAPIDocument
        self.version = version
    }
}
