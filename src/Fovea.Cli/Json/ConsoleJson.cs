using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Fovea.Cli.Framework;

namespace Fovea.Cli.Json;

/// <summary>Writes a result as JSON.</summary>
internal static class ConsoleJson
{
    /// <summary>Writes <paramref name="value"/> on one line of standard output.</summary>
    public static void WriteJson<T>(this CliConsole console, T value, JsonTypeInfo<T> type) =>
        console.Out.WriteLine(JsonSerializer.Serialize(value, type));
}
