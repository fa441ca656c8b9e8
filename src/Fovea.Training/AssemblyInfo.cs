using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Fovea.Training.Tests")]
// Numbers as people read them, charts and pages are the command line's too, and nobody's interface.
[assembly: InternalsVisibleTo("fovea")]
[assembly: InternalsVisibleTo("Fovea.Cli.Tests")]
