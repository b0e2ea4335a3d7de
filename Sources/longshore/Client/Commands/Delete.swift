import ArgumentParser
import Model

/// `longshore delete ID...`
struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Forgets jobs that have ended; what they moved stays.")

    @Argument(help: "The jobs.")
    var id: [JobID]

    @OptionGroup(title: "The service")
    var connection: ConnectionOptions

    func run() async throws {
        let client = try connection.client()
        try await JobVerb.each(id) { id throws(ClientError) in
            try await client.delete(id)
            Terminal.write("\(id) deleted\n")
        }
    }
}
