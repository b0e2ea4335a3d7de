import API
import ArgumentParser
import Model

/// `longshore upload SOURCE s3://BUCKET/PREFIX`
struct Upload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Uploads a file or a directory.",
        discussion: """
            A directory's files go below the destination. A file goes below it, too, where it ends with / or is a bare \
            bucket; else the destination is the object's key, as with cp.

                longshore upload photos s3://media/backup
                longshore upload video.mp4 s3://media/films/ --parts
            """)

    @Argument(
        help: "A file or directory, below a root of the service.", completion: .file(), transform: LocalPath.parse)
    var source: LocalPath

    @Argument(
        help: ArgumentHelp("Where it goes.", valueName: "s3://bucket/prefix"), completion: ObjectPlace.completion,
        transform: ObjectPlace.parse)
    var destination: ObjectPlace

    @Flag(help: "Take the destination for an object's key, whatever SOURCE looks like from here.")
    var object = false

    @Option(help: "Links: leave them out, or follow them inside the root.")
    var symlinks: JobSpec.Symlinks?

    @Option(help: "Empty directories: leave them out, or make an object whose key ends with /.")
    var emptyDirectories: JobSpec.EmptyDirectories?

    @Option(help: "What the store checks each request by.")
    var checksum: JobSpec.ChecksumChoice?

    @OptionGroup(title: "The transfer")
    var spec: SpecOptions

    @OptionGroup(title: "The objects")
    var objects: ObjectOptions

    @OptionGroup
    var options: RunOptions

    func run() async throws {
        let submission = Submission(options: options) { writer in
            writer.field("kind", JobSpec.Kind.upload.rawValue)
            writer.field("source", source.absolute)
            writer.field("bucket", destination.bucket)
            let isKey = object || (!destination.isFolder && source.isFile)
            writer.field(isKey ? "key" : "prefix", destination.path)
            if let symlinks { writer.field("symlinks", symlinks.rawValue) }
            if let emptyDirectories { writer.field("empty_directories", emptyDirectories.rawValue) }
            if let checksum { writer.field("checksum", checksum.rawValue) }
            spec.write(to: &writer)
            objects.write(to: &writer)
        }
        try await submission.run()
    }
}
