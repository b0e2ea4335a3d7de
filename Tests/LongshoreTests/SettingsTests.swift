import Foundation
import Model
import Scheduling
import Testing
import Webhooks

@testable import longshore

@Suite struct SettingsTests {
    private func settings(
        file: String? = nil, environment: [String: String] = [:], flags change: (inout ServeFlags) -> Void = { _ in }
    ) throws -> Settings {
        var flags = ServeFlags(config: nil, listen: nil, stateDirectory: nil, roots: [], concurrency: nil)
        if file != nil { flags.config = "/etc/longshore.yaml" }
        change(&flags)
        return try Settings.gather(flags: flags, environment: environment) { _ in file ?? "" }
    }

    /// The line that the process ends with; nil when the settings are taken.
    private func complaint(file: String? = nil, environment: [String: String] = [:]) throws -> String? {
        do {
            _ = try settings(file: file, environment: environment)
            return nil
        } catch let error as SettingsError {
            return error.description
        }
    }

    // MARK: Precedence

    @Test func theDefaultsAreThoseOfTheManual() throws {
        let settings = try settings()
        #expect(settings.host == "127.0.0.1" && settings.port == 8600)
        #expect(settings.stateDirectory == "./longshore-state" && settings.roots.isEmpty)
        #expect(settings.scheduler.concurrency == 64 && settings.retry == RetryPolicy())
        #expect(settings.stores == ["default": Settings.Store()])
        #expect(settings.tokens.isEmpty && settings.bearerToken == nil)
    }

    @Test func flagsWinOverTheEnvironmentAndThatOverTheFile() throws {
        let file = "listen: 127.0.0.1:1\nstate_dir: /file\nroots: [/file]\nconcurrency: 1\n"
        let environment = [
            "LONGSHORE_LISTEN": "127.0.0.1:2", "LONGSHORE_STATE_DIR": "/environment", "LONGSHORE_ROOTS": "/e:/f",
            "LONGSHORE_CONCURRENCY": "2",
        ]
        let fromFile = try settings(file: file)
        #expect(fromFile.port == 1 && fromFile.stateDirectory == "/file" && fromFile.roots == ["/file"])
        #expect(fromFile.scheduler.concurrency == 1)

        let fromEnvironment = try settings(file: file, environment: environment)
        #expect(fromEnvironment.port == 2 && fromEnvironment.stateDirectory == "/environment")
        #expect(fromEnvironment.roots == ["/e", "/f"] && fromEnvironment.scheduler.concurrency == 2)

        let fromFlags = try settings(file: file, environment: environment) {
            $0.listen = "[::1]:3"
            $0.stateDirectory = "/flag"
            $0.roots = ["/g"]
            $0.concurrency = 3
        }
        #expect(fromFlags.host == "::1" && fromFlags.port == 3 && fromFlags.stateDirectory == "/flag")
        #expect(fromFlags.roots == ["/g"] && fromFlags.scheduler.concurrency == 3)
    }

    @Test func theStandardVariablesReachTheDefaultStoreAlone() throws {
        let file = "stores:\n  default: {endpoint: 'http://file', region: r}\n  other: {endpoint: 'http://other'}\n"
        let settings = try settings(
            file: file,
            environment: [
                "AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_S3": "http://s3", "AWS_DEFAULT_REGION": "d",
                "AWS_CA_BUNDLE": "/ca",
            ])
        #expect(settings.stores["default"]?.endpoint == "http://s3" && settings.stores["default"]?.region == "d")
        #expect(settings.stores["default"]?.caFile == "/ca" && settings.stores["other"]?.endpoint == "http://other")
        #expect(settings.stores["other"]?.caFile == nil)
    }

    @Test func anEmptyVariableIsNone() throws {
        let settings = try settings(
            file: "concurrency: 7", environment: ["LONGSHORE_CONCURRENCY": "", "AWS_REGION": "", "LONGSHORE_TOKEN": ""])
        #expect(settings.scheduler.concurrency == 7 && settings.bearerToken == nil)
        #expect(settings.stores["default"]?.region == nil)
    }

    // MARK: The file

    @Test func everySettingOfTheFileIsRead() throws {
        let digest = String(repeating: "aB", count: 32)
        let settings = try settings(
            file: """
                listen: localhost:0
                max_running_jobs: 5
                max_queued_jobs: 6
                max_attempts: 7
                retry_for_seconds: 1.5
                retention_seconds: 8
                drain_seconds: 0
                plan_seconds: 9
                webhook_hosts: [a.example, b.example]
                webhook_secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
                webhook_networks: [10.0.0.0/8]
                webhook_retry_seconds: [1, 2.5]
                webhook_timeout_seconds: 3
                webhook_ca_file: /hooks.pem
                tokens:
                  - {name: ci, sha256: \(digest)}
                stores:
                  minio:
                    endpoint: https://minio:9000
                    region: here
                    path_style: true
                    ca_file: /ca.pem
                    checksums: false
                    credentials: {access_key_id: id, secret_access_key: secret, session_token: t}
                  named: {credentials: {profile: p}}
                  plain: {credentials: chain}
                """)
        #expect(settings.host == "127.0.0.1" && settings.port == 0)
        #expect(settings.scheduler.maximumRunningJobs == 5 && settings.scheduler.maximumQueuedJobs == 6)
        #expect(settings.retry.maximumAttempts == 7 && settings.retry.retryFor == .milliseconds(1_500))
        #expect(settings.scheduler.retention == .seconds(8) && settings.scheduler.drain == .zero)
        #expect(settings.scheduler.planFor == .seconds(9))
        #expect(settings.webhookHosts.fault(of: "https://b.example/") == nil)
        #expect(settings.webhooks.secrets.count == 1 && settings.webhooks.networks.count == 1)
        #expect(settings.webhooks.waits == [.seconds(1), .milliseconds(2_500)])
        #expect(settings.webhooks.timeout == .seconds(3) && settings.webhooks.caFile == "/hooks.pem")
        let ci = try #require(TenantName("ci"))
        #expect(settings.tokens == [.init(name: "ci", sha256: digest.lowercased(), tenant: ci)])
        let minio = try #require(settings.stores["minio"])
        #expect(minio.endpoint == "https://minio:9000" && minio.region == "here" && minio.pathStyle == true)
        #expect(minio.caFile == "/ca.pem" && !minio.checksums)
        #expect(
            minio.credentials
                == .fixed(accessKeyID: "id", secretAccessKey: .init(value: "secret"), sessionToken: .init(value: "t")))
        #expect(settings.stores["named"]?.credentials == .profile("p"))
        #expect(settings.stores["plain"]?.credentials == .chain && settings.stores.count == 4)
    }

    @Test(arguments: ["", "\n", "# nothing\n", "~"]) func anEmptyFileSaysNothing(text: String) throws {
        #expect(try settings(file: text).scheduler.concurrency == 64)
    }

    /// Each is refused by one line that names the file and the setting.
    @Test(arguments: [
        ("colour: red", "colour"), ("Listen: '127.0.0.1:1'", "Listen"), ("listen: '8600'", "listen"),
        ("listen: 'example.org:80'", "listen"), ("listen: '127.0.0.1:65536'", "listen"), ("listen: [1]", "listen"),
        ("state_dir: ''", "state_dir"), ("state_dir: {}", "state_dir"), ("roots: /data", "roots"),
        ("roots: ['']", "roots"), ("concurrency: 0", "concurrency"), ("concurrency: 65537", "concurrency"),
        ("concurrency: many", "concurrency"), ("concurrency: 1.5", "concurrency"),
        ("max_running_jobs: 0", "max_running_jobs"), ("max_running_jobs: 100001", "max_running_jobs"),
        ("max_queued_jobs: 0", "max_queued_jobs"), ("max_attempts: 101", "max_attempts"),
        ("retry_for_seconds: -1", "retry_for_seconds"), ("retention_seconds: soon", "retention_seconds"),
        ("drain_seconds: .nan", "drain_seconds"), ("plan_seconds: .inf", "plan_seconds"),
        ("webhook_hosts: a", "webhook_hosts"), ("webhook_hosts: ['a b']", "webhook_hosts"),
        ("webhook_secret: abc", "webhook_secret"), ("webhook_secret: []", "webhook_secret"),
        ("webhook_networks: [a]", "webhook_networks"), ("webhook_retry_seconds: [x]", "webhook_retry_seconds"),
        ("webhook_timeout_seconds: 61", "webhook_timeout_seconds"),
        ("tokens: abc", "tokens"), ("tokens: [{name: a}]", "tokens"),
        ("tokens: [{name: a, sha256: zz}]", "tokens.sha256"), ("tokens: [{secret: a}]", "tokens.secret"),
        ("stores: [a]", "stores"), ("stores: {a: b}", "stores.a"), ("stores: {a: {endpiont: b}}", "stores.a.endpiont"),
        ("stores: {a: {path_style: 3}}", "stores.a.path_style"),
        ("stores: {a: {checksums: some}}", "stores.a.checksums"),
        ("stores: {a: {endpoint: ''}}", "stores.a.endpoint"),
        ("stores: {a: {credentials: mine}}", "stores.a.credentials"),
        ("stores: {a: {credentials: {access_key_id: i}}}", "stores.a.credentials"),
        ("stores: {a: {credentials: {profile: p, access_key_id: i}}}", "stores.a.credentials"),
        ("stores: {a: {credentials: {secret: s}}}", "stores.a.credentials.secret"), ("[]", "the file"),
        ("? [a]\n: b", "the file"),
    ])
    func whatTheFileMustNotSayIsNamed(text: String, place: String) throws {
        let line = try #require(try complaint(file: text), "it was taken")
        #expect(line.hasPrefix("/etc/longshore.yaml: \(place) ") && !line.contains("\n"), "\(line)")
    }

    @Test(arguments: ["a: [", "a: b: c", "\tx: y", "concurrency: 1\nconcurrency: 2"])
    func whatIsNoYAMLIsSaidInOneLine(text: String) throws {
        let line = try #require(try complaint(file: text), "it was taken")
        #expect(line.hasPrefix("/etc/longshore.yaml: ") && !line.contains("\n"), "\(line)")
    }

    @Test(arguments: [
        ("LONGSHORE_LISTEN", "8600"), ("LONGSHORE_LISTEN", "host:1"), ("LONGSHORE_LISTEN", ":1"),
        ("LONGSHORE_CONCURRENCY", "0"), ("LONGSHORE_CONCURRENCY", "x"), ("LONGSHORE_CONCURRENCY", "65537"),
    ])
    func whatAVariableMustNotSayIsNamed(name: String, value: String) throws {
        let line = try #require(try complaint(environment: [name: value]), "it was taken")
        #expect(line.hasPrefix(name) && !line.contains("\n"), "\(line)")
    }

    @Test func whatDoesNotGoTogetherIsSaid() throws {
        let open = try #require(try complaint(file: "listen: '0.0.0.0:1'"))
        #expect(open.contains("token"))
        #expect(try complaint(file: "listen: '0.0.0.0:1'", environment: ["LONGSHORE_TOKEN": "t"]) == nil)
        let root = try #require(try complaint(file: "roots: [data]"))
        #expect(root.contains("data"))
        let endpoint = try #require(try complaint(file: "stores: {a: {endpoint: 'minio:9000'}}"))
        #expect(endpoint.contains("store a"))
    }

    // MARK: Secrets

    @Test func noSecretIsShownByWhateverPrintsTheSettings() throws {
        let settings = try settings(
            file:
                "stores: {a: {credentials: {access_key_id: i, secret_access_key: hushhush, session_token: hushhush}}}",
            environment: ["LONGSHORE_TOKEN": "hushhush"])
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!dumped.contains("hushhush") && !"\(settings)".contains("hushhush"))
        #expect(settings.bearerToken?.value == "hushhush")
    }
}
