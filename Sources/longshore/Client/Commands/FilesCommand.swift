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
    var limit: RowLimit = 10_000

    @Flag(help: "Print each file as a line of JSON.")
    var json = false

    @OptionGroup(title: "The service")
    var connection: ConnectionOptions

    func run() async throws {
        let query = state.map { [("state", $0.rawValue)] } ?? []
        let list = RowList(
            path: "/v1/jobs/\(id)/files", name: "files", query: query,
            columns: [
                .init(head: "STATE"), .init(head: "SIZE", isRight: true), .init(head: "TRIES", isRight: true),
                .init(head: "FILE"), .init(head: "REASON"),
            ], cells: Self.row)
        try await list.write(from: try connection.client(), limit: limit, json: json)
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
