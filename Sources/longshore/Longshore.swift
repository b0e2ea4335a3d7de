import ArgumentParser
import Foundation

/// The command line. A command that can't be understood, and settings that can't be used, exit with 2 and one line.
@main
struct Longshore: AsyncParsableCommand {
    static let version = "0.1.0"
    static let userAgent = "longshore/\(version)"

    static let configuration = CommandConfiguration(
        commandName: "longshore",
        abstract: "Moves files to, from and between S3-compatible stores, as jobs over HTTP.",
        discussion: """
            Transfers are jobs of a service (`longshore serve`), which this program asks at --url, LONGSHORE_URL or \
            http://127.0.0.1:8600, with the token of --token-file or LONGSHORE_TOKEN. With --local, upload, download and \
            copy run one in their own process.

            Exit codes: 0 succeeded; 1 failed, or in part, or refused; 2 the command line or what it asks for can't be \
            used; 3 no connection to the service; 130 interrupted.

            NO_COLOR takes the colours away, TERM=dumb the bar.
            """,
        version: version,
        subcommands: [Manual.self],
        groupedSubcommands: [
            CommandGroup(name: "File", subcommands: [Upload.self, Download.self, Copy.self]),
            CommandGroup(
                name: "Job",
                subcommands: [
                    List.self, Show.self, Watch.self, FilesCommand.self, Parts.self, Report.self, Pause.self,
                    Resume.self, Cancel.self, Retry.self, Delete.self,
                ]),
            CommandGroup(name: "Service", subcommands: [Serve.self, LimitsCommand.self, DevStoreCommand.self]),
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as ClientError {
            complain("longshore: \(error.text)")
            Foundation.exit(error.outcome.rawValue)
        } catch let error as SettingsError {
            complain("longshore: \(error.description)")
            Foundation.exit(2)
        } catch {
            // ArgumentParser's own code for a wrong command line is EX_USAGE, 64.
            let code = exitCode(for: error)
            guard code == .validationFailure else { exit(withError: error) }
            complain(fullMessage(for: error))
            Foundation.exit(2)
        }
    }

    static func complain(_ text: String) {
        Terminal.complain(text)
    }

    /// The first line of a server's standard output: for programs that start it.
    static func announce(url: String) {
        let line = #"{"event":"listening","url":"\#(url)","pid":\#(ProcessInfo.processInfo.processIdentifier)}"#
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    static func url(host: String, port: UInt16, isSecure: Bool) -> String {
        let scheme = isSecure ? "https" : "http"
        return host.contains(":") ? "\(scheme)://[\(host)]:\(port)" : "\(scheme)://\(host):\(port)"
    }
}
