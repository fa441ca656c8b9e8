using System.Collections.Immutable;
using System.Text.Json;

namespace Fovea.Formats.Safetensors;

/// <summary>
/// Parses a safetensors header: one JSON object of <c>name: {"dtype", "shape", "data_offsets"}</c> and an optional <c>__metadata__</c> of strings.
/// Reads token by token, because a document model would drop what must be refused: a key that comes twice.
/// </summary>
internal ref struct HeaderReader
{
    private const int MaxDepth = 4;
    private readonly string _file;
    private Utf8JsonReader _json;

    private HeaderReader(string file, ReadOnlySpan<byte> header)
    {
        _file = file;
        _json = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    /// <summary>The tensors in the order of the header and the metadata, each tensor checked by itself but not yet against the others.</summary>
    public static (List<TensorEntry> Tensors, Dictionary<string, string> Metadata) Parse(string file, ReadOnlySpan<byte> header)
    {
        var reader = new HeaderReader(file, header);
        try
        {
            return reader.Parse();
        }
        catch (JsonException e)
        {
            throw new WeightFileException($"{file}: the header is no valid JSON ({e.Message}); the file is damaged or no safetensors file", e);
        }
        catch (InvalidOperationException e)
        {
            // Utf8JsonReader.GetString reports text that is no valid UTF-8 this way.
            throw new WeightFileException($"{file}: the header holds text that is no valid UTF-8 ({e.Message}); the file is damaged", e);
        }
    }

    private (List<TensorEntry> Tensors, Dictionary<string, string> Metadata) Parse()
    {
        var tensors = new List<TensorEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        _json.Read();
        Expect(JsonTokenType.StartObject, "the header");
        while (NextKey() is { } name)
        {
            if (!names.Add(name))
                throw Error($"the key '{name}' comes twice in the header");
            _json.Read();
            if (name == TensorEntry.MetadataKey)
                ReadMetadata(metadata);
            else
                tensors.Add(ReadTensor(name));
        }
        // Only padding may follow: Read throws on anything else.
        _json.Read();
        return (tensors, metadata);
    }

    private void ReadMetadata(Dictionary<string, string> metadata)
    {
        Expect(JsonTokenType.StartObject, "'__metadata__'");
        while (NextKey() is { } key)
        {
            _json.Read();
            Expect(JsonTokenType.String, $"the metadata value '{key}'");
            if (!metadata.TryAdd(key, _json.GetString()!))
                throw Error($"the metadata key '{key}' comes twice");
        }
    }

    private TensorEntry ReadTensor(string name)
    {
        Expect(JsonTokenType.StartObject, $"tensor '{name}'");
        TensorType? type = null;
        long[]? shape = null, offsets = null;
        while (NextKey() is { } key)
        {
            _json.Read();
            bool first = key switch
            {
                "dtype" => type is null,
                "shape" => shape is null,
                "data_offsets" => offsets is null,
                _ => throw Error($"tensor '{name}' has the unknown field '{key}': expected dtype, shape and data_offsets"),
            };
            if (!first)
                throw Error($"tensor '{name}': the field '{key}' comes twice");
            if (key == "dtype")
                type = ReadType(name);
            else if (key == "shape")
                shape = ReadIntegers(name, "shape");
            else
                offsets = ReadIntegers(name, "data_offsets");
        }
        if (type is not { } known || shape is null || offsets is null)
            throw Error($"tensor '{name}' lacks {(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")}");
        return Check(name, known, shape, offsets);
    }

    private readonly TensorEntry Check(string name, TensorType type, long[] shape, long[] offsets)
    {
        if (offsets.Length != 2 || offsets[0] > offsets[1])
            throw Error($"tensor '{name}': data_offsets are [{string.Join(", ", offsets)}], expected [begin, end] with begin <= end");
        string text = $"[{string.Join(", ", shape)}]";
        if (!TensorEntry.TryCountBytes(type, shape, out long bytes))
            throw Error($"tensor '{name}': the shape {text} of {type.FileName()} has more than 2^63 bytes");
        if (offsets[1] - offsets[0] != bytes)
        {
            throw Error($"tensor '{name}': its data_offsets [{offsets[0]}, {offsets[1]}] hold {offsets[1] - offsets[0]} bytes, "
                + $"its shape {text} of {type.FileName()} needs {bytes}");
        }
        return new TensorEntry(name, type, ImmutableArray.Create(shape), offsets[0]);
    }

    private TensorType ReadType(string name)
    {
        Expect(JsonTokenType.String, $"dtype of tensor '{name}'");
        string text = _json.GetString()!;
        return TensorTypes.TryParse(text, out TensorType type)
            ? type
            : throw Error($"tensor '{name}' has the dtype '{text}', known are {TensorTypes.AllNames}");
    }

    private long[] ReadIntegers(string name, string field)
    {
        Expect(JsonTokenType.StartArray, $"{field} of tensor '{name}'");
        var values = new List<long>();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out long value) || value < 0)
                throw Error($"tensor '{name}': {field} holds something other than whole numbers from 0 to 2^63 - 1");
            values.Add(value);
        }
        return [.. values];
    }

    private string? NextKey() => _json.Read() && _json.TokenType == JsonTokenType.PropertyName ? _json.GetString() : null;

    private readonly void Expect(JsonTokenType expected, string what)
    {
        if (_json.TokenType != expected)
            throw Error($"{what} is a JSON {_json.TokenType}, expected {expected}");
    }

    private readonly WeightFileException Error(string what) => new($"{_file}: {what}; the file is damaged or no safetensors file");
}
