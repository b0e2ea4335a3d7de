import ArgumentParser
import Model

/// `longshore watch ID`
struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Follows a job to its end.",
        discussion: "Exits with 0 when the job has succeeded, with 1 when it has not, also for a job that ended before."
    )

    @Argument(help: "The job.")
    var id: JobID

    @OptionGroup(title: "Following the job")
    var follow: FollowOptions

    @OptionGroup(title: "The service")
    var connection: ConnectionOptions

    func run() async throws {
        let atInterrupt: FollowSession.AtInterrupt = follow.cancelOnInterrupt ? .cancel : .leave
        try await FollowSession(
            client: try connection.client(), id: id, options: follow, atInterrupt: atInterrupt
        ).run()
    }
}
