/// The key derived for one day, region and service ("Create a signed AWS API request", step 4), with its scope as text.
struct SigningKey: Sendable {
    let daysSince1970: Int64
    /// `20130524/us-east-1/s3/aws4_request`.
    let scope: [UInt8]
    private let key: HMACKey

    init(secret: SecretBytes, time: SigningTime, region: String, service: String) {
        daysSince1970 = time.daysSince1970
        var day: [UInt8] = []
        time.appendDay(to: &day)
        scope = day + Array("/\(region)/\(service)/aws4_request".utf8)
        var state = SHA256State()
        var derived = Array("AWS4".utf8) + secret.bytes
        for message in [day, Array(region.utf8), Array(service.utf8), Array("aws4_request".utf8)] {
            derived = HMACKey(derived).authenticate(message, with: &state).array
        }
        key = HMACKey(derived)
    }

    func sign(_ stringToSign: [UInt8], with state: inout SHA256State) -> SHA256Hash {
        key.authenticate(stringToSign, with: &state)
    }
}
