import ArgumentParser
import Model

/// How a job is begun, and where.
struct RunOptions: ParsableArguments {
    @Flag(help: "Print the job's id once it is accepted, and do not follow it.")
    var detach = false

    @Flag(help: "Check everything and tell what would be moved; start nothing.")
    var dryRun = false

    @Option(help: ArgumentHelp("The job's id; the same id with the same job is no second one.", valueName: "id"))
    var id: JobID?

    @Option(help: ArgumentHelp("The same key with the same job is no second one.", valueName: "key"))
    var idempotencyKey: String?

    @Flag(help: "Run the service in this process, for this job alone; stores are those of the environment.")
    var local = false

    @Option(
        help: ArgumentHelp("With --local: keep the state here, so that the same command goes on.", valueName: "dir"),
        completion: .directory)
    var state: String?

    @Option(
        help: ArgumentHelp("With --local: a settings file (YAML), for its stores.", valueName: "file"),
        completion: .file())
    var config: String?

    @OptionGroup(title: "Following the job")
    var follow: FollowOptions

    @OptionGroup(title: "The service")
    var connection: ConnectionOptions

    func validate() throws {
        if local {
            if connection.isGiven {
                throw ValidationError("--local asks no service: leave --url, --token-file and --ca-file out.")
            }
            if detach { throw ValidationError("--detach leaves the job to a service: leave --local out.") }
        } else {
            if state != nil { throw ValidationError("--state is for --local.") }
            if config != nil { throw ValidationError("--config is for --local.") }
        }
        if id != nil, idempotencyKey != nil {
            throw ValidationError("--id and --idempotency-key do the same: give one.")
        }
    }
}
