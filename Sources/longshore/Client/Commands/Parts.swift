import API
import ArgumentParser
import Model

/// `longshore parts ID`
struct Parts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists a job's parts.",
        discussion: "Those of multipart files, and of each file in flight that moves by one request its single part.")

    @Argument(help: "The job.")
    var id: JobID

    @Option(help: "Only those in this state.")
    var state: PartState?

    @Option(help: ArgumentHelp("Only those of this file.", valueName: "path"))
    var file: String?

    @Option(help: ArgumentHelp("At most so many.", valueName: "n"))
    var limit: RowLimit = 10_000

    @Flag(help: "Print each part as a line of JSON.")
    var json = false

    @OptionGroup(title: "The service")
    var connection: ConnectionOptions

    func run() async throws {
        var query: [(String, String)] = []
        if let state { query.append(("state", state.rawValue)) }
        if let file { query.append(("file", file)) }
        let list = RowList(
            path: "/v1/jobs/\(id)/parts", name: "parts", query: query,
            columns: [
                .init(head: "PART", isRight: true), .init(head: "OFFSET", isRight: true),
                .init(head: "SIZE", isRight: true),
                .init(head: "SENT", isRight: true), .init(head: "STATE"), .init(head: "FILE"),
            ], cells: Self.row)
        try await list.write(from: try connection.client(), limit: limit, json: json)
    }

    private static func row(_ part: JSONValue) -> [String] {
        func number(_ name: String) -> Int64 { part[name]?.integer ?? 0 }
        let percent = TextFormat.percent(number("bytes_sent"), of: number("size"))
        return [
            "\(number("part_number"))", "\(number("offset"))", TextFormat.bytes(number("size")), "\(percent)%",
            (part["state"]?.text ?? "").replacing("_", with: " "), TextFormat.name(part["path"]?.text ?? ""),
        ]
    }
}
