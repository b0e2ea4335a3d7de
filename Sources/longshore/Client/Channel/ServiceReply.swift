import HTTPTypes

/// What a service answered.
struct ServiceReply: Sendable {
    let status: Int
    let headerFields: HTTPFields
    /// Empty for a streamed one.
    let body: [UInt8]
}
