using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Fovea.Data.Tests")]
