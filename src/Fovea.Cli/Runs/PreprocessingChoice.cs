using System.Text.Json;
using System.Text.Json.Serialization;
using Fovea.Cli.Framework;
using Fovea.Data.Transforms;
using Fovea.Engine;
using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Cli.Runs;

/// <summary><c>import --preprocess</c>: what imported weights were trained to be fed, by the name of their source or from a file.</summary>
internal static partial class PreprocessingChoice
{
    /// <summary>The choices that have names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["torchvision", "caffe", "inception"];

    /// <summary>The preprocessing.</summary>
    /// <param name="choice">A name of <see cref="Names"/>, or a JSON file; null takes the network's own.</param>
    /// <param name="spec">The network.</param>
    /// <param name="input">Its input.</param>
    public static Preprocessing Of(string? choice, ModelSpec spec, TensorShape input)
    {
        Preprocessing own = spec.Preprocess(input.C, input.H, input.W);
        // 224 of 256, and the like for other sizes.
        int around = ((input.H * 8) + 6) / 7;
        int squashed = input.H is 227 ? 256 : around;
        return choice switch
        {
            null => own,
            "torchvision" => Colour(choice, input, own) with
            {
                Mean = [0.485f, 0.456f, 0.406f],
                Std = [0.229f, 0.224f, 0.225f],
                Scale = 1f / 255f,
                ReverseChannels = false,
                EvalTransform = $"resize({around}) center-crop({input.H})",
                TrainTransform = $"random-resized-crop({input.H}) hflip",
            },
            "caffe" => Colour(choice, input, own) with
            {
                // Blue, green, red on 0 to 255, less ImageNet's mean; the image is squashed to a square first, of 256 for 224 and for 227. Caffe leaves the
                // interpolation to whoever prepares the images; bicubic is what the answers beside the published SqueezeNet were made with.
                Mean = [104f, 117f, 123f],
                Std = [1f, 1f, 1f],
                Scale = 1f,
                ReverseChannels = true,
                EvalTransform = $"resize({squashed}x{squashed},bicubic) center-crop({input.H})",
                TrainTransform = $"random-resized-crop({input.H}) hflip",
            },
            "inception" => Colour(choice, input, own) with
            {
                // -1 to 1: what torchvision's transform_input makes of its own normalisation.
                Mean = [0.5f, 0.5f, 0.5f],
                Std = [0.5f, 0.5f, 0.5f],
                Scale = 1f / 255f,
                ReverseChannels = false,
                EvalTransform = $"resize({around}) center-crop({input.H})",
                TrainTransform = $"random-resized-crop({input.H}) hflip",
            },
            _ => FromFile(choice, input, own),
        };
    }

    private static Preprocessing Colour(string choice, TensorShape input, Preprocessing own) => input.C == 3 && input.H == input.W
        ? own
        : throw new UsageException($"--preprocess {choice} is for square colour images, the network's input is {input}; give a JSON file instead.");

    private static Preprocessing FromFile(string path, TensorShape input, Preprocessing own)
    {
        if (!File.Exists(path))
            throw new UsageException($"--preprocess {path}: expected {string.Join(", ", Names)} or a JSON file, "
                + $"and there is no such file.{NearestName.Hint(path, Names)}");
        try
        {
            FileText text = JsonSerializer.Deserialize(File.ReadAllBytes(path), FileContext.Default.FileText) ?? throw new JsonException("null");
            Preprocessing read = own with
            {
                Mean = text.Mean ?? own.Mean,
                Std = text.Std ?? own.Std,
                Scale = text.Scale ?? own.Scale,
                ReverseChannels = text.ReverseChannels ?? own.ReverseChannels,
                EvalTransform = TransformPipeline.Parse(text.EvalTransform ?? own.EvalTransform).ToString()!,
                TrainTransform = TransformPipeline.Parse(text.TrainTransform ?? own.TrainTransform).ToString()!,
            };
            if (read.Mean.Count != input.C || read.Std.Count != input.C)
                throw new FoveaException($"{read.Mean.Count} means and {read.Std.Count} standard deviations for {input.C} channels.");
            if (read.Std.Any(std => !(std > 0)) || !(read.Scale > 0))
                throw new FoveaException("standard deviations and scale must be above 0.");
            return read;
        }
        catch (Exception e) when (e is JsonException or FoveaException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--preprocess {path}: {e.Message} Expected an object of mean, std, scale, reverseChannels, "
                + "evalTransform and trainTransform, "
                + "each of which can be left out where the network's own is right.");
        }
    }

    private sealed record FileText(float[]? Mean, float[]? Std, float? Scale, bool? ReverseChannels, string? EvalTransform, string? TrainTransform);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
    [JsonSerializable(typeof(FileText))]
    private sealed partial class FileContext : JsonSerializerContext;
}
