import ArgumentParser
import Model

/// `longshore show ID`
struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows a job: its state, its progress, what failed.")

    @Argument(help: "The job.")
    var id: JobID

    @Flag(help: "Print the job as a line of JSON.")
    var json = false

    @OptionGroup(title: "The service")
    var connection: ConnectionOptions

    func run() async throws {
        let client = try connection.client()
        if json { return Terminal.write(try await client.job(id).document.line + [UInt8(ascii: "\n")]) }
        Terminal.write(try await client.text(of: id))
    }
}
