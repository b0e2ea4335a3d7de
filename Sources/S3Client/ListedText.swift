import SigV4

/// A key or prefix in a list that was asked for with `encoding-type=url`.
enum ListedText {
    /// Raw bytes: S3 writes a space as a plus sign there. A store that ignores `encoding-type` says so by leaving it out of
    /// its reply, and its text stands as it is.
    static func decode(_ text: [UInt8], isEncoded: Bool) -> [UInt8] {
        isEncoded ? URIEncoding.decode(text, plusIsSpace: true) : text
    }
}
