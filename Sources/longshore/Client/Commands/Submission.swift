import API
import Foundation
import Model

/// Begins a job and follows it, at a service or in this process.
struct Submission: Sendable {
    let options: RunOptions
    private let spec: [UInt8]

    /// - Parameter fields: writes the spec's.
    init(options: RunOptions, _ fields: (inout JSONWriter) -> Void) {
        self.options = options
        var writer = JSONWriter()
        writer.object { writer in
            fields(&writer)
            if options.dryRun { writer.field("validate_only", true) }
        }
        spec = writer.bytes
    }

    /// - Throws: `ClientError`, or `ExitCode` with what the job's end means.
    func run() async throws {
        guard options.local else {
            let atInterrupt: FollowSession.AtInterrupt = options.follow.cancelOnInterrupt ? .cancel : .leave
            return try await begin(try options.connection.client(), id: options.id, atInterrupt)
        }
        let local = try await LocalService(config: options.config, stateDirectory: options.state)
        try await local.run { client in
            guard let directory = options.state else { return try await begin(client, id: options.id, .cancel) }
            let names = options.id != nil || options.idempotencyKey != nil || options.dryRun
            let id = names ? options.id : try await UnfinishedCommand(spec: spec, directory: directory).id(client)
            let cancels = options.follow.cancelOnInterrupt
            try await begin(client, id: id, cancels ? .cancel : .keep(directory))
        }
    }

    private func begin(_ client: APIClient, id: JobID?, _ atInterrupt: FollowSession.AtInterrupt) async throws {
        if options.dryRun { return show(try await client.plan(spec)) }
        let key = options.idempotencyKey ?? UUID().uuidString
        let job = try await client.submit(spec, id: id, idempotencyKey: key)
        if options.detach { return Terminal.write("\(job.id)\n") }
        if !options.follow.json {
            Terminal.complain("Job \(job.id): \(job.kind) of \(job.source) to \(job.destination)")
        }
        guard let id = JobID(job.id) else { throw ClientError.unexpected("its job has no id") }
        try await FollowSession(
            client: client, id: id, options: options.follow, atInterrupt: atInterrupt, isKept: !options.local
        ).run()
    }

    private func show(_ plan: JSONValue) {
        if options.follow.json { return Terminal.write(plan.line + [UInt8(ascii: "\n")]) }
        Terminal.write(PlanText(plan: plan).text)
    }
}
