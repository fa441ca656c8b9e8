using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Fovea.Training.Tests")]
