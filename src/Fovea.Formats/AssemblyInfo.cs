using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Fovea.Formats.Tests")]
