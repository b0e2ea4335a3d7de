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
    var limit = 10_000

    @Flag(help: "Print each part as a line of JSON.")
    var json = false

    @OptionGroup(title: "The service")
    var connection: ConnectionOptions

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit must be at least 1.") }
    }

    func run() async throws {
        var query: [(String, String)] = []
        if let state { query.append(("state", state.rawValue)) }
        if let file { query.append(("file", file)) }
        var table = Table(columns: [
            .init(head: "PART", isRight: true), .init(head: "OFFSET", isRight: true),
            .init(head: "SIZE", isRight: true),
            .init(head: "SENT", isRight: true), .init(head: "STATE"), .init(head: "FILE"),
        ])
        try await connection.client().rows("/v1/jobs/\(id)/parts", "parts", query: query, limit: limit) { part in
            if json { return Terminal.write(part.line + [UInt8(ascii: "\n")]) }
            table.rows.append(Self.row(part))
        }
        if json { return }
        if table.rows.isEmpty { return Terminal.complain("There are no such parts.") }
        Terminal.write(table.text)
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
