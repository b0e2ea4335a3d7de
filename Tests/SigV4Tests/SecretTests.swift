import SigV4
import Testing

@Suite struct SecretTests {
    @Test func credentialsNeverShowTheirSecrets() {
        let credentials = Credentials(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: "top-secret", sessionToken: "token-secret")
        var dumped = ""
        dump(credentials, to: &dumped)
        dump(credentials.secretAccessKey, to: &dumped)
        let signer = RequestSigner(credentials: credentials, region: "us-east-1")
        for text in [
            "\(credentials)", String(reflecting: credentials), dumped, "\(signer)", String(reflecting: signer),
            "\(credentials.secretAccessKey)", String(reflecting: credentials.sessionToken),
        ] {
            #expect(!text.contains("secret\"") && !text.contains("top-secret") && !text.contains("token-secret"))
            #expect(!text.contains("116, 111, 112"), "the bytes of the secret stand in \(text)")
        }
        #expect("\(credentials)".contains("AKIDEXAMPLE"))
    }

    @Test func secretsCompareByContent() {
        #expect(SecretBytes("a") == SecretBytes("a"))
        #expect(SecretBytes("a") != SecretBytes("b"))
        #expect(SecretBytes("a") != SecretBytes("aa"))
    }

    @Test func anEmptyTokenIsNone() {
        #expect(Credentials(accessKeyID: "a", secretAccessKey: "b", sessionToken: "").sessionToken == nil)
    }
}
