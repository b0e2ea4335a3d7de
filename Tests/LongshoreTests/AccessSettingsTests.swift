import API
import Foundation
import Model
import Testing

@testable import longshore

/// Tokens, tenants and listeners in the settings.
@Suite struct AccessSettingsTests {
    private func settings(_ file: String, insecure: Bool = false, _ variables: [String: String] = [:]) throws
        -> Settings
    {
        let flags = ServeFlags(config: "/s.yaml", isInsecure: insecure)
        return try Settings.gather(flags: flags, environment: variables) { _ in file }
    }

    private func complaint(_ file: String) throws -> String? {
        do {
            _ = try settings(file)
            return nil
        } catch let error as SettingsError {
            return error.description
        }
    }

    private func name(_ text: String) throws -> TenantName { try #require(TenantName(text)) }
    private let digests = (0..<4).map { String(repeating: "\($0)", count: 64) }

    @Test func aTokenIsItsTenantUnlessOneIsGiven() throws {
        let settings = try settings(
            """
            roots: [/data]
            tokens:
              - {name: alone, sha256: \(digests[0])}
              - {name: rich, sha256: \(digests[1]), scopes: [read, submit, admin], weight: 3, concurrency: 8,
                 roots: [/data/rich], stores: [default], buckets: ['rich-*'], prefixes: [r/]}
              - {name: old, sha256: \(digests[2]), tenant: shared, scopes: [read]}
              - {name: new, sha256: \(digests[3]), tenant: shared}
            tenants:
              shared: {weight: 2}
            """)
        #expect(settings.tokens.map(\.tenant.rawValue) == ["alone", "rich", "shared", "shared"])
        #expect(
            settings.tokens.map(\.scopes) == [[.read, .submit], [.read, .submit, .admin], [.read], [.read, .submit]])
        #expect(settings.tenants[try name("shared")] == Settings.Tenant(weight: 2))
        #expect(
            settings.tenants[try name("rich")]
                == Settings.Tenant(
                    roots: ["/data/rich"], stores: ["default"], buckets: ["rich-*"], prefixes: ["r/"], weight: 3,
                    concurrency: 8))
        #expect(settings.tenants[try name("alone")] == nil)
    }

    @Test func theTokenOfTheEnvironmentIsTheDefaultTenantsWithEveryRight() throws {
        let tokens = try settings("", ["LONGSHORE_TOKEN": "secret"]).accessTokens()
        let caller = try #require(tokens.caller("Bearer secret"))
        #expect(caller.tenant == .default && caller.scopes == Set(AccessScope.allCases))
        #expect(tokens.caller("Bearer other") == nil && tokens.caller(nil) == nil)
    }

    @Test func aTokenIsKnownByItsDigest() throws {
        // printf %s secret | sha256sum
        let digest = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
        let tokens = try settings("tokens: [{name: ci, sha256: \(digest)}]").accessTokens()
        #expect(tokens.caller("Bearer secret") == Caller(name: "ci", tenant: try name("ci"), scopes: [.read, .submit]))
    }

    /// Each by one line that names the setting.
    @Test func whatCanNotBeIsNamed() throws {
        let (a, b) = (digests[0], digests[1])
        let wrong = [
            ("tokens: [{name: 'a b', sha256: \(a)}]", "tokens.name"),
            ("tokens: [{name: a, sha256: \(a), scopes: [write]}]", "tokens.scopes"),
            ("tokens: [{name: a, sha256: \(a), scopes: read}]", "tokens.scopes"),
            ("tokens: [{name: a, sha256: \(a), weight: 0}]", "tokens.weight"),
            ("tokens: [{name: a, sha256: \(a), colour: red}]", "tokens.colour"),
            ("tokens: [{name: a, sha256: \(a), tenant: b}]", "tokens.tenant"),
            ("tokens: [{name: a, sha256: \(a), tenant: b, weight: 2}]\ntenants: {b: {}}", "tokens.tenant"),
            ("tokens: [{name: a, sha256: \(a), weight: 2}]\ntenants: {a: {}}", "tokens.name"),
            ("tokens: [{name: a, sha256: \(a)}, {name: a, sha256: \(b)}]", "tokens.name"),
            ("tokens: [{name: a, sha256: \(a)}, {name: b, sha256: \(a)}]", "tokens.sha256"),
            ("tenants: {a: {weight: heavy}}", "tenants.a.weight"), ("tenants: {a: {sha256: x}}", "tenants.a.sha256"),
            ("tenants: {a/b: {}}", "tenants.a/b"), ("tenants: {a: {buckets: x}}", "tenants.a.buckets"),
            ("tls: {certificate: /c}", "tls"), ("tls: {certificate: /c, keys: /k}", "tls.keys"),
        ]
        for (text, place) in wrong {
            let line = try #require(try complaint(text), "\(text) was taken")
            #expect(line.hasPrefix("/s.yaml: \(place) ") && !line.contains("\n"), "\(line)")
        }
        #expect(try complaint("tenants: {a: {roots: [data]}}") == "root data: must be an absolute path")
        let store = try #require(try complaint("tenants: {a: {stores: [there]}}"))
        #expect(store.hasPrefix("tenant a: stores: there "))
    }

    // MARK: Listeners

    @Test func anAddressFromElsewhereNeedsATokenOrTheFlag() throws {
        let line = try #require(try complaint("listen: 0.0.0.0:8600"))
        #expect(line.contains("LONGSHORE_TOKEN") && line.contains("--insecure") && !line.contains("\n"))
        #expect(try settings("listen: 0.0.0.0:8600", insecure: true).isInsecure)
        #expect(try settings("listen: 0.0.0.0:8600", ["LONGSHORE_TOKEN": "t"]).needsToken)
        #expect(try settings("listen: 0.0.0.0:1\ntokens: [{name: a, sha256: \(digests[0])}]").host == "0.0.0.0")
    }

    @Test func aUnixSocketIsAnAddress() throws {
        let settings = try settings("listen: unix:/run/longshore/longshore.sock")
        #expect(settings.socketPath == "/run/longshore/longshore.sock" && settings.isLoopback)
        for text in ["unix:relative", "unix:", "unix:/\(String(repeating: "a", count: 107))"] {
            #expect(try complaint("listen: '\(text)'")?.contains("unix:") == true)
        }
        #expect(try complaint("listen: unix:/s\ntls: {certificate: /c, key: /k}") == "tls: a Unix socket has none")
    }
}
