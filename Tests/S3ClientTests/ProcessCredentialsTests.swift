import Foundation
import SigV4
import Support
import Testing

@testable import S3Client

/// Programs that print credentials.
@Suite(.timeLimit(.minutes(5))) struct ProcessCredentialsTests {
    @Test(
        arguments: [
            ("a b\tc", ["a", "b", "c"]), ("  a  ", ["a"]), ("", []), ("'a b' c", ["a b", "c"]),
            ("a\"b c\"d", ["ab cd"]), ("\"a \\\" \\\\ \\n\"", ["a \" \\ \\n"]), ("'a\\'", ["a\\"]),
            ("a\\ b", ["a b"]), ("'' \"\"", ["", ""]),
            ("$HOME `id` $(id) *;~ | > x", ["$HOME", "`id`", "$(id)", "*;~", "|", ">", "x"]),
            ("a # b", ["a", "#", "b"]), ("'a", nil), ("\"a", nil), ("a\\", nil),
        ] as [(String, [String]?)])
    func commandsAreSplitWithoutAShell(command: String, words: [String]?) {
        #expect(CommandWords.split(command) == words)
    }

    /// What a profile says with this script as its `credential_process`.
    private func result(
        _ script: String, arguments: String = "", timeout: Duration = .seconds(60)
    ) async throws -> Result<Credentials, CredentialsError> {
        let path = FileManager.default.temporaryDirectory.appending(path: "process \(UUID().uuidString)").path
        try Data(script.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        var world = try CredentialsWorld()
        world = try CredentialsWorld(
            files: ["/home/me/.aws/config": "[default]\ncredential_process = /bin/sh '\(path)' \(arguments)\n"])
        var surroundings = world.surroundings
        surroundings.processTimeout = timeout
        return await world.credentials(.chain(surroundings, profile: "default"))
    }

    private func message(_ script: String, timeout: Duration = .seconds(60)) async throws -> String? {
        try await result(script, timeout: timeout).error?.message
    }

    @Test func whatItPrintsIsTaken() async throws {
        let text = ScriptedServer.Reply.documentText("PRINTED", lifetime: 3600)
        let found = try await result("cat <<'END'\n\(text)\nEND").get()
        #expect(
            found
                == Credentials(
                    accessKeyID: "PRINTED", secretAccessKey: "hush", sessionToken: "token",
                    expiration: SigningTime(secondsSince1970: 1_440_938_160 + 3600)))
    }

    @Test func itGetsItsArgumentsAsTheyStand() async throws {
        let script = "printf '{\"Version\":1,\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"s\"}' \"$#$1$2\""
        #expect(try await result(script, arguments: "'$HOME;' \"b c\"").keyID == "2$HOME;b c")
    }

    @Test func itReadsNothingAndItsOutputMayStayOpen() async throws {
        let mark = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: mark) }
        // The process in the background holds the output for longer than the test may take; not the tests' own.
        let script =
            "cat; sleep 600 2>/dev/null & echo $! >\(mark); echo '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}'"
        #expect(try await result(script).keyID == "A")
        let child = try #require(
            pid_t(try String(contentsOfFile: mark, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(kill(child, SIGKILL) == 0, "it still ran")
    }

    @Test func timesMayHaveAnOffset() async throws {
        func end(_ time: String) async throws -> Int64? {
            let json = "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"Expiration\":\"\(time)\"}"
            return try await result("echo '\(json)'").get().expiration?.secondsSince1970
        }
        #expect(try await end("2015-08-30T13:36:00Z") == 1_440_941_760)
        #expect(try await end("2015-08-30T15:06:00+01:30") == 1_440_941_760)
        #expect(try await end("2015-08-30T08:36:00.123-05:00") == 1_440_941_760)
    }

    @Test func itsFailuresAreSaidWithoutItsOutput() async throws {
        #expect(
            try await message("echo hush; exit 3")
                == "no credentials: profile default: credential_process /bin/sh ended with status 3")
        #expect(try await message("kill -TERM $$")?.hasSuffix("was ended by signal 15") == true)
        #expect(try await message("echo hush")?.hasSuffix("prints no JSON of credentials") == true)
        #expect(try await message("echo '{\"Version\":2}'")?.hasSuffix("prints another Version than 1") == true)
        #expect(try await message("echo '{\"Version\":1}'")?.hasSuffix("its answer has no AccessKeyId") == true)
        #expect(try await message("exec yes hush")?.hasSuffix("prints more than 65536 bytes") == true)
    }

    @Test func aProgramThatIsNotThereIsSaid() async throws {
        let world = try CredentialsWorld(files: [
            "/home/me/.aws/config": "[default]\ncredential_process = /no/such -x\n"
        ])
        #expect(
            await world.credentials().error?.message.hasSuffix("credential_process /no/such can't be started (errno 2)")
                == true)
    }

    /// It and what it started end when the time is over. The started one holds a pipe open for as long as it lives.
    @Test func aProgramThatHangsIsEnded() async throws {
        let pipe = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        let made = unsafe mkfifo(pipe, 0o600)
        try #require(made == 0)
        defer { try? FileManager.default.removeItem(atPath: pipe) }
        let end = unsafe open(pipe, O_RDONLY | O_NONBLOCK)
        try #require(end >= 0)
        defer { close(end) }
        let result = try await result("sh -c 'echo lives; exec sleep 600' >\(pipe) & wait", timeout: .seconds(3))
        #expect(result.error?.code == .away && result.error?.message.contains("was ended after") == true)
        var said = [UInt8](repeating: 0, count: 64)
        #expect(unsafe read(end, &said, said.count) == 6)
        // Killed; it dies as soon as the kernel comes to it.
        var hangUp = pollfd(fd: end, events: 0, revents: 0)
        #expect(unsafe poll(&hangUp, 1, 60_000) == 1 && hangUp.revents & Int16(POLLHUP) != 0)
    }
}
