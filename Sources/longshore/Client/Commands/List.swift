import API
import ArgumentParser
import Model

/// `longshore list`
struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists jobs, newest first.")

    @Option(help: "Only those in this state.")
    var state: JobState?

    @Option(help: "Only those of this kind.")
    var kind: JobSpec.Kind?

    @Option(help: ArgumentHelp("Only those with this label; may be repeated.", valueName: "name=value"))
    var label: [NamedValue] = []

    @Option(help: ArgumentHelp("At most so many.", valueName: "n"))
    var limit: RowLimit = 20

    @Flag(help: "Print each job as a line of JSON.")
    var json = false

    @OptionGroup(title: "The service")
    var connection: ConnectionOptions

    func run() async throws {
        var query: [(String, String)] = []
        if let state { query.append(("state", state.rawValue)) }
        if let kind { query.append(("kind", kind.rawValue)) }
        query += label.map { ("label.\($0.name)", $0.value) }
        let list = RowList(
            path: "/v1/jobs", name: "jobs", query: query,
            columns: [
                .init(head: "ID"), .init(head: "KIND"), .init(head: "STATE"), .init(head: "DONE", isRight: true),
                .init(head: "FILES", isRight: true), .init(head: "BYTES", isRight: true), .init(head: "CREATED"),
                .init(head: "FROM"), .init(head: "TO"),
            ], cells: { RemoteJob($0).map(Self.row) })
        try await list.write(from: try connection.client(), limit: limit, json: json)
    }

    private static func row(_ job: RemoteJob) -> [String] {
        let progress = job.progress
        return [
            job.id, job.kind, job.stateText,
            progress.fraction.map { TextFormat.percent(millionths: Int($0 * 1_000_000)) } ?? "",
            "\(progress.filesSucceeded)/\(progress.filesTotal)", TextFormat.bytes(progress.bytesTotal),
            // To the second.
            String(job.createTime.prefix(19)) + "Z", job.source, job.destination,
        ]
    }
}
