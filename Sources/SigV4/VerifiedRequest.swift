/// What a signature that holds says of its request.
package struct VerifiedRequest: Sendable, Hashable {
    package let accessKeyID: String
    /// What the body must be: comparing it with the body is the server's part.
    package let payload: PayloadHash
    package let signedAt: SigningTime
    package let isPresigned: Bool
}
