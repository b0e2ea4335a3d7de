import Checksums

/// How a request's body is to be read; decided from its head.
struct BodyReading: Sendable {
    enum Destination: Sendable {
        case object(size: Int64)
        case part(number: Int, upload: String, size: Int64)
        /// A document.
        case memory
        /// Read to its end and forgotten.
        case nowhere
    }

    var destination: Destination = .nowhere
    var rules = PayloadRules()
    /// What to compute beside what `rules` ask for.
    var kinds: ChecksumKinds = []
    var signer: ChunkSigner?
}
