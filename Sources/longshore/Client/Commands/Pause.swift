import ArgumentParser

/// `longshore pause ID...`
struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Pauses jobs: requests in flight finish, no new ones begin.")

    @OptionGroup
    var verb: JobVerb

    func run() async throws { try await verb.run("pause") }
}
