import API
import ArgumentParser
import Model

/// `longshore copy s3://BUCKET/PREFIX s3://BUCKET/PREFIX`
struct Copy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copies the objects below a prefix to another, or to another store.",
        discussion: """
            With --object the source is one object's exact key, and so is the destination unless it ends with / or is a \
            bare bucket.

                longshore copy s3://media/backup s3://archive/2026
                longshore copy --source-store old --store new s3://media s3://media
            """)

    @Argument(
        help: ArgumentHelp("What is copied.", valueName: "s3://bucket/prefix"), completion: ObjectPlace.completion,
        transform: ObjectPlace.parse)
    var source: ObjectPlace

    @Argument(
        help: ArgumentHelp("Where it goes.", valueName: "s3://bucket/prefix"), completion: ObjectPlace.completion,
        transform: ObjectPlace.parse)
    var destination: ObjectPlace

    @Flag(help: "Take the source for one object's key.")
    var object = false

    @Option(
        help: ArgumentHelp("The source's store in the service's settings; else the destination's.", valueName: "name"))
    var sourceStore: String?

    @OptionGroup(title: "The transfer")
    var spec: SpecOptions

    @OptionGroup(title: "The objects")
    var objects: ObjectOptions

    @OptionGroup
    var options: RunOptions

    func run() async throws {
        let submission = Submission(options: options) { writer in
            writer.field("kind", JobSpec.Kind.copy.rawValue)
            writer.field("source_bucket", source.bucket)
            // The contract takes a copy's prefix verbatim; here it is a folder, as with the other two.
            if object {
                writer.field("source_key", source.path)
            } else {
                writer.field("source_prefix", JobSpec.folder(source.path))
            }
            if let sourceStore { writer.field("source_store", sourceStore) }
            writer.field("bucket", destination.bucket)
            writer.field(object && !destination.isFolder ? "key" : "prefix", destination.path)
            spec.write(to: &writer)
            objects.write(to: &writer)
        }
        try await submission.run()
    }
}
