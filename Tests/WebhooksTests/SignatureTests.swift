import Testing

@testable import Webhooks

struct SignatureTests {
    /// The test vector of Standard Webhooks' own libraries.
    private let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private let body = Array(#"{"test": 2432232314}"#.utf8)
    private let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    @Test func theSignatureIsThatOfTheStandard() throws {
        let signer = WebhookSigner([try #require(WebhookSecret(secret))])
        #expect(signer.signature(id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: body) == expected)
    }

    @Test func eachSecretSigns() throws {
        let other = try #require(WebhookSecret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
        let signer = WebhookSigner([other, try #require(WebhookSecret(secret))])
        let signatures = signer.signature(id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: body)
            .split(separator: " ")
        #expect(signatures.count == 2 && signatures[1] == expected && signatures[0].hasPrefix("v1,"))
    }

    @Test(arguments: [
        "", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!", "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ])
    func whatIsNoSecretIsRefused(text: String) {
        #expect(WebhookSecret(text) == nil)
    }

    @Test func aSecretIsNeverShown() throws {
        let shown = try #require(WebhookSecret(secret))
        var dumped = ""
        dump(shown, to: &dumped)
        #expect("\(shown)" == "(secret)" && dumped.contains("(secret)") && !dumped.contains("49"))
    }
}
