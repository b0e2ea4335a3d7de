import API
import Checksums

extension Settings {
    /// The tokens that open the service; none opens it to everybody.
    func accessTokens() throws -> AccessTokens {
        var digests = tokens.map { Self.bytes(hexadecimal: $0.sha256) }
        if let bearerToken { digests.append(Self.sha256(Array(bearerToken.value.utf8))) }
        return digests.isEmpty ? .none : AccessTokens(digests: digests) { Self.sha256($0) }
    }

    private static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var hasher = Checksums.SHA256()
        hasher.update(bytes)
        return hasher.finalize()
    }

    /// Of an even number of digits, as the settings have made sure.
    private static func bytes(hexadecimal text: String) -> [UInt8] {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
