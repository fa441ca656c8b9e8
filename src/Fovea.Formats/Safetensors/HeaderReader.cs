using System.Collections.Immutable;
using System.Text.Json;

namespace Fovea.Formats.Safetensors;

/// <summary>
/// Parses a safetensors header: one JSON object of <c>name: {"dtype", "shape", "data_offsets"}</c> and an optional <c>__metadata__</c> of strings.
/// Reads token by token, because a document model would drop what must be refused: a key that comes twice.
/// </summary>
internal ref struct HeaderReader
{
    // What a small file may take; an entry with its places in list and tables.
    private const long LeastMemory = 8 << 20;
    private const int EntryBytes = 320, MaxDepth = 4, MaxRank = 64, MaxName = 1000;
    private readonly string _file;
    private Utf8JsonReader _json;
    private long _memory;

    private HeaderReader(string file, ReadOnlySpan<byte> header, long fileBytes)
    {
        _file = file;
        // With the header itself no more than four times the file.
        _memory = Math.Max(LeastMemory, fileBytes > long.MaxValue / 3 ? long.MaxValue : fileBytes * 3);
        _json = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    /// <summary>The tensors in the order of the header and the metadata, each tensor checked by itself but not yet against the others.</summary>
    /// <param name="file">Its path, for messages.</param>
    /// <param name="header">The header's bytes.</param>
    /// <param name="fileBytes">The file's size, which bounds the memory that describing it may take.</param>
    public static (List<TensorEntry> Tensors, Dictionary<string, string> Metadata) Parse(string file, ReadOnlySpan<byte> header, long fileBytes)
    {
        var reader = new HeaderReader(file, header, fileBytes);
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
        while (NextName() is { } name)
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
        while (NextName() is { } key)
        {
            _json.Read();
            if (_json.TokenType != JsonTokenType.String)
                Expect(JsonTokenType.String, $"the metadata value '{key}'");
            Take(EntryBytes + (3L * _json.ValueSpan.Length));
            if (!metadata.TryAdd(key, _json.GetString()!))
                throw Error($"the metadata key '{key}' comes twice");
        }
    }

    private TensorEntry ReadTensor(string name)
    {
        if (_json.TokenType != JsonTokenType.StartObject)
            Expect(JsonTokenType.StartObject, $"tensor '{name}'");
        TensorType? type = null;
        long[]? shape = null, offsets = null;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            string field = _json.ValueTextEquals("dtype") ? "dtype" : _json.ValueTextEquals("shape") ? "shape"
                : _json.ValueTextEquals("data_offsets") ? "data_offsets"
                : throw Error($"tensor '{name}' has the unknown field '{Shown(_json.GetString()!)}': expected dtype, shape and data_offsets");
            if (field switch { "dtype" => type is not null, "shape" => shape is not null, _ => offsets is not null })
                throw Error($"tensor '{name}': the field '{field}' comes twice");
            _json.Read();
            if (field == "dtype")
                type = ReadType(name);
            else if (field == "shape")
                shape = ReadIntegers(name, field);
            else
                offsets = ReadIntegers(name, field);
        }
        if (type is not { } known || shape is null || offsets is null)
            throw Error($"tensor '{name}' lacks {(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")}");
        return Check(name, known, shape, offsets);
    }

    private readonly TensorEntry Check(string name, TensorType type, long[] shape, long[] offsets)
    {
        if (offsets.Length != 2 || offsets[0] > offsets[1])
            throw Error($"tensor '{name}': data_offsets are [{string.Join(", ", offsets)}], expected [begin, end] with begin <= end");
        if (!TensorEntry.TryCountBytes(type, shape, out long bytes))
            throw Error($"tensor '{name}': the shape {Text(shape)} of {type.FileName()} has more than 2^63 bytes");
        if (offsets[1] - offsets[0] != bytes)
        {
            throw Error($"tensor '{name}': its data_offsets [{offsets[0]}, {offsets[1]}] hold {offsets[1] - offsets[0]} bytes, "
                + $"its shape {Text(shape)} of {type.FileName()} needs {bytes}");
        }
        return new TensorEntry(name, type, ImmutableArray.Create(shape), offsets[0]);
    }

    private static string Text(long[] shape) => $"[{string.Join(", ", shape)}]";

    private TensorType ReadType(string name)
    {
        if (_json.TokenType != JsonTokenType.String)
            Expect(JsonTokenType.String, $"dtype of tensor '{name}'");
        foreach (TensorType type in TensorTypes.All)
        {
            if (_json.ValueTextEquals(type.FileName()))
                return type;
        }
        throw Error($"tensor '{name}' has the dtype '{Shown(_json.GetString()!)}', known are {TensorTypes.AllNames}");
    }

    private long[] ReadIntegers(string name, string field)
    {
        if (_json.TokenType != JsonTokenType.StartArray)
            Expect(JsonTokenType.StartArray, $"{field} of tensor '{name}'");
        Span<long> values = stackalloc long[MaxRank];
        int count = 0;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out long value) || value < 0)
                throw Error($"tensor '{name}': {field} holds something other than whole numbers from 0 to 2^63 - 1");
            if (count == MaxRank)
                throw Error($"tensor '{name}': {field} holds more than {MaxRank} numbers");
            values[count++] = value;
        }
        return values[..count].ToArray();
    }

    /// <summary>The next key, which is a name that messages may show; null at the object's end.</summary>
    private string? NextName()
    {
        if (!_json.Read() || _json.TokenType != JsonTokenType.PropertyName)
            return null;
        Take(EntryBytes + (2L * _json.ValueSpan.Length));
        string name = _json.GetString()!;
        return name.Length <= MaxName && !name.Any(char.IsControl) ? name
            : throw Error($"the header has a key of {name.Length} characters, '{Shown(name)}': expected names of modules apart by dots");
    }

    // A name's control characters must not reach a terminal, nor its length fill one.
    private static string Shown(string text) => string.Concat(text.Take(80).Select(c => char.IsControl(c) ? '?' : c)) + (text.Length > 80 ? "..." : "");

    private void Take(long bytes)
    {
        _memory -= bytes;
        if (_memory < 0)
            throw Error("describing its tensors would take more than three times the file's size in memory");
    }

    private readonly void Expect(JsonTokenType expected, string what)
    {
        if (_json.TokenType != expected)
            throw Error($"{what} is a JSON {_json.TokenType}, expected {expected}");
    }

    private readonly WeightFileException Error(string what) => new($"{_file}: {what}; the file is damaged or no safetensors file");
}
