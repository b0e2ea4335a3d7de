import API
import ArgumentParser
import Model

/// What upload, download and copy have in common: the fields of a spec. What is not given is the service's to choose.
struct SpecOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The bucket's store in the service's settings; of a copy the destination's.", valueName: "name"))
    var store: String?

    @Option(help: ArgumentHelp("Most S3 requests of the job in flight: 1 to 1,024 (16).", valueName: "n"))
    var concurrency: Int?

    @Option(help: ArgumentHelp("Its share while jobs compete: 1 to 9 (5).", valueName: "n"))
    var priority: Int?

    @Option(help: ArgumentHelp("Bytes per second, such as 50MiB.", valueName: "bytes"))
    var bandwidthLimit: ByteCount?

    @Option(help: ArgumentHelp("Move only what fits; may be repeated.", valueName: "glob"))
    var include: [String] = []

    @Option(help: ArgumentHelp("Leave out what fits; may be repeated.", valueName: "glob"))
    var exclude: [String] = []

    @Option(help: "What to do with what is there already.")
    var overwrite: JobSpec.Overwrite?

    @Option(help: ArgumentHelp("5MiB to 5GiB (8MiB).", valueName: "bytes"))
    var partSize: ByteCount?

    @Option(help: ArgumentHelp("From this size on a file is moved by parts (16MiB).", valueName: "bytes"))
    var multipartThreshold: ByteCount?

    @Flag(help: "Do not keep modification times.")
    var noPreserveTimes = false

    @Flag(help: "End the job at the first file that fails.")
    var stopOnError = false

    @Option(help: ArgumentHelp("A label for `list`; may be repeated.", valueName: "name=value"))
    var label: [NamedValue] = []

    @Option(help: ArgumentHelp("Where the service reports the job's end.", valueName: "url"))
    var webhook: String?

    func write(to writer: inout JSONWriter) {
        if let store { writer.field("store", store) }
        if let concurrency { writer.field("concurrency", concurrency) }
        if let priority { writer.field("priority", priority) }
        if let bandwidthLimit { writer.field("bandwidth_limit", bandwidthLimit.bytes) }
        if !include.isEmpty { writer.field("include", strings: include) }
        if !exclude.isEmpty { writer.field("exclude", strings: exclude) }
        if let overwrite { writer.field("overwrite", overwrite.rawValue) }
        if let partSize { writer.field("part_size", partSize.bytes) }
        if let multipartThreshold { writer.field("multipart_threshold", multipartThreshold.bytes) }
        if noPreserveTimes { writer.field("preserve_times", false) }
        if stopOnError { writer.field("on_error", JobSpec.OnError.stop.rawValue) }
        if !label.isEmpty { writer.field("labels", map: label.map) }
        if let webhook { writer.objectField("webhook") { $0.field("url", webhook) } }
    }
}
