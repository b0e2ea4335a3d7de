import ArgumentParser
import Model

/// `longshore report ID`
struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints the report of a job that has ended: every file, as a line of JSON.")

    @Argument(help: "The job.")
    var id: JobID

    @Flag(help: "Print comma-separated values (RFC 4180) instead.")
    var csv = false

    @OptionGroup(title: "The service")
    var connection: ConnectionOptions

    func run() async throws {
        try await connection.client().report(of: id, type: csv ? "text/csv" : "application/x-ndjson") { piece in
            Terminal.write(piece)
        }
    }
}
