import ArgumentParser
import Model

/// What `pause`, `resume`, `cancel` and `retry` have in common: jobs, one after the other.
struct JobVerb: ParsableArguments {
    @Argument(help: "The jobs.")
    var id: [JobID]

    @Flag(help: "Print each job as a line of JSON.")
    var json = false

    @OptionGroup(title: "The service")
    var connection: ConnectionOptions

    func run(_ verb: String) async throws {
        let client = try connection.client()
        try await Self.each(id) { id throws(ClientError) in
            let (job, document) = try await client.act(verb, on: id)
            if json {
                Terminal.write(document.line + [UInt8(ascii: "\n")])
            } else {
                Terminal.write("\(job.id) \(job.stateText)\n")
            }
        }
    }

    /// Every job is asked, also behind one that refuses.
    ///
    /// - Throws: `ExitCode` when one has refused; `ClientError` without a connection.
    static func each(_ ids: [JobID], _ act: (JobID) async throws(ClientError) -> Void) async throws {
        var failure: ClientError?
        for id in ids {
            do throws(ClientError) {
                try await act(id)
            } catch {
                if error.outcome == .noConnection { throw error }
                Longshore.complain("longshore: \(error.text)")
                failure = error
            }
        }
        if let failure { throw ExitCode(failure.outcome.rawValue) }
    }
}
