import API
import ArgumentParser
import Model

/// `longshore download s3://BUCKET/PREFIX DIRECTORY`
struct Download: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Downloads the objects below a prefix.",
        discussion: """
            The destination is a directory, made when it is missing. With --object the source is one object's exact key.

                longshore download s3://media/backup restored
                longshore download --object s3://media/films/video.mp4 .
            """)

    @Argument(
        help: ArgumentHelp("What is read.", valueName: "s3://bucket/prefix"), completion: ObjectPlace.completion,
        transform: ObjectPlace.parse)
    var source: ObjectPlace

    @Argument(
        help: "A directory, below a root of the service.", completion: .directory, transform: LocalPath.parse)
    var destination: LocalPath

    @Flag(help: "Take the source for one object's key.")
    var object = false

    @Option(help: "auto, or none: leave the comparison with the object's checksum out.")
    var checksum: JobSpec.ChecksumChoice?

    @OptionGroup(title: "The transfer")
    var spec: SpecOptions

    @OptionGroup
    var options: RunOptions

    func run() async throws {
        let submission = Submission(options: options) { writer in
            writer.field("kind", JobSpec.Kind.download.rawValue)
            writer.field("bucket", source.bucket)
            writer.field(object ? "key" : "prefix", source.path)
            writer.field("destination", destination.absolute)
            if let checksum { writer.field("checksum", checksum.rawValue) }
            spec.write(to: &writer)
        }
        try await submission.run()
    }
}
