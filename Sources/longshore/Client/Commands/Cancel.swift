import ArgumentParser

/// `longshore cancel ID...`
struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Cancels jobs: requests are cut, open multipart uploads aborted; what was moved stays.")

    @OptionGroup
    var verb: JobVerb

    func run() async throws { try await verb.run("cancel") }
}
