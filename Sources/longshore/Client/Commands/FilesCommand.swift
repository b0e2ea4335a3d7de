import API
import ArgumentParser
import Model

/// `longshore files ID`
struct FilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "files", abstract: "Lists a job's files: their state, and why they failed.")

    @Argument(help: "The job.")
    var id: JobID

    @Option(help: "Only those in this state.")
    var state: FileState?

    @Option(help: ArgumentHelp("At most so many.", valueName: "n"))
    var limit = 10_000

    @Flag(help: "Print each file as a line of JSON.")
    var json = false

    @OptionGroup(title: "The service")
    var connection: ConnectionOptions

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit must be at least 1.") }
    }

    func run() async throws {
        let query = state.map { [("state", $0.rawValue)] } ?? []
        var table = Table(columns: [
            .init(head: "STATE"), .init(head: "SIZE", isRight: true), .init(head: "TRIES", isRight: true),
            .init(head: "FILE"), .init(head: "REASON"),
        ])
        try await connection.client().rows("/v1/jobs/\(id)/files", "files", query: query, limit: limit) { file in
            if json { return Terminal.write(file.line + [UInt8(ascii: "\n")]) }
            table.rows.append(Self.row(file))
        }
        if json { return }
        if table.rows.isEmpty { return Terminal.complain("There are no such files.") }
        Terminal.write(table.text)
    }

    private static func row(_ file: JSONValue) -> [String] {
        let failure = file["error"].map { [$0["code"]?.text, $0["message"]?.text].compactMap { $0 } } ?? []
        let reason = failure.isEmpty ? file["skip_reason"]?.text ?? "" : failure.joined(separator: "  ")
        return [
            (file["state"]?.text ?? "").replacing("_", with: " "), TextFormat.bytes(file["size"]?.integer ?? 0),
            "\(file["attempts"]?.integer ?? 0)", TextFormat.name(file["path"]?.text ?? ""), TextFormat.name(reason),
        ]
    }
}
