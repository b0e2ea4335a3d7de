import ArgumentParser

/// `longshore retry ID...`
struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Begins ended jobs anew, over what failed or never began.")

    @OptionGroup
    var verb: JobVerb

    func run() async throws { try await verb.run("retry") }
}
