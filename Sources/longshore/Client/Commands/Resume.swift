import ArgumentParser

/// `longshore resume ID...`
struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lets paused jobs go on.")

    @OptionGroup
    var verb: JobVerb

    func run() async throws { try await verb.run("resume") }
}
