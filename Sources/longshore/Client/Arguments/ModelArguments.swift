import ArgumentParser
import Model

extension JobID: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension JobState: ExpressibleByArgument {}
extension FileState: ExpressibleByArgument {}
extension PartState: ExpressibleByArgument {}
extension JobSpec.Kind: ExpressibleByArgument {}
extension JobSpec.Overwrite: ExpressibleByArgument {}
extension JobSpec.Symlinks: ExpressibleByArgument {}
extension JobSpec.EmptyDirectories: ExpressibleByArgument {}
extension JobSpec.ChecksumChoice: ExpressibleByArgument {}
extension JobSpec.OnError: ExpressibleByArgument {}
