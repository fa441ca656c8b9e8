using System.Numerics;
using System.Text;

namespace Fovea.Formats.PyTorch;

/// <summary>
/// Reads one pickle (protocols 2 to 5) into plain values. It knows the opcodes that build containers, texts and numbers, the names of <see
/// cref="TorchGlobals"/>, and
/// calls of <see cref="TorchBuilder"/>'s few functions; everything else is refused. It has no recursion, and what it makes is counted. Source:
/// Python's pickletools.
/// </summary>
internal sealed class Unpickler(FileBytes file, ByteSource source, MemoryBudget budget, TorchBuilder builder)
{
    private const int MaxNameBytes = 1000, MaxLongBytes = 16;
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);
    private static readonly object True = true, False = false;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];

    /// <summary>Reads up to the pickle's STOP.</summary>
    /// <exception cref="WeightFileException">The pickle is damaged, cut short, too large, or asks for more than tensors.</exception>
    public object? Load()
    {
        while (true)
        {
            char code = (char)source.ReadByte();
            if (code == '.')
                return Pop();
            if (!Scalar(code) && !Container(code) && !Memo(code))
                Special(code);
        }
    }

    private bool Scalar(char code)
    {
        switch (code)
        {
            case 'N': Push(null); break;
            case '\u0088': Push(True); break;
            case '\u0089': Push(False); break;
            case 'K': Number(source.ReadByte()); break;
            case 'M': Number(source.ReadUInt16()); break;
            case 'J': Number(source.ReadInt32()); break;
            case '\u008a': Long(source.ReadByte()); break;
            case 'G': Make(source.ReadDoubleBigEndian()); break;
            case 'X': Text(source.ReadUInt32(), Utf8); break;
            case '\u008c': Text(source.ReadByte(), Utf8); break;
            case '\u008d': Text(source.ReadInt64(), Utf8); break;
            // Texts of Python 2.
            case 'T': Text(source.ReadUInt32(), Encoding.Latin1); break;
            case 'U': Text(source.ReadByte(), Encoding.Latin1); break;
            case 'C': Bytes(source.ReadByte()); break;
            case 'B': Bytes(source.ReadUInt32()); break;
            default: return false;
        }
        return true;
    }

    private bool Container(char code)
    {
        switch (code)
        {
            case '(': budget.Take(MemoryBudget.Slot); _marks.Add(_stack.Count); break;
            case '0': Drop(); break;
            case '2': Push(Peek()); break;
            case '1': _ = TakeMarked(); break;
            case ']': budget.Take(MemoryBudget.Small * 2); Push(new PickleList()); break;
            case '}': budget.Take(MemoryBudget.Small * 2); Push(new PickleDict()); break;
            case ')': Tuple([]); break;
            case '\u0085': Tuple([Pop()]); break;
            case '\u0086': Tuple(TakeLast(2)); break;
            case '\u0087': Tuple(TakeLast(3)); break;
            case 't': Tuple(TakeMarked()); break;
            case 'l': Push(ListOf(TakeMarked())); break;
            case 'd': Push(Filled(new PickleDict(), TakeMarked())); break;
            case 'a': Extend([Pop()]); break;
            case 'e': Extend(TakeMarked()); break;
            case 's': SetItems(TakeLast(2)); break;
            case 'u': SetItems(TakeMarked()); break;
            default: return false;
        }
        return true;
    }

    private bool Memo(char code)
    {
        switch (code)
        {
            case 'q': Remember(source.ReadByte()); break;
            case 'r': Remember(source.ReadUInt32()); break;
            case '\u0094': Remember((uint)_memo.Count); break;
            case 'h': Recall(source.ReadByte()); break;
            case 'j': Recall(source.ReadUInt32()); break;
            default: return false;
        }
        return true;
    }

    private void Special(char code)
    {
        switch (code)
        {
            case '\u0080':
                int protocol = source.ReadByte();
                if (protocol is < 2 or > 5)
                    throw Error($"a pickle of protocol {protocol}, expected 2 to 5");
                break;
            // A frame only announces how much follows.
            case '\u0095': source.Require(source.ReadInt64()); break;
            case 'c': Global(Line(), Line()); break;
            case '\u0093':
                object?[] names = TakeLast(2);
                if (names is not [string module, string name])
                    throw Error("a pickle that asks for an object whose name is no text");
                Global(module, name);
                break;
            case 'R':
                object?[] call = TakeLast(2);
                Push(builder.Call(call[0], call[1]));
                break;
            case 'Q': Push(builder.Storage(Pop())); break;
            case 'b':
                // OrderedDict carries attributes, such as a state dict's _metadata; nothing here needs them.
                _ = Pop();
                if (Peek() is not PickleDict)
                    throw Error("a pickle that sets the state of something other than a dictionary");
                break;
            default:
                throw Error(char.IsAsciiLetter(code) ? $"the pickle instruction '{code}', which no file of weights uses"
                    : $"the pickle instruction 0x{(int)code:x2}, which no file of weights uses");
        }
    }

    private void Global(string module, string name) => Push(TorchGlobals.Resolve(file, module, name, _stack.Count == 0 && _marks.Count == 0));

    private void Push(object? value)
    {
        budget.Take(MemoryBudget.Slot);
        _stack.Add(value);
    }

    private void Make(object value)
    {
        budget.Take(MemoryBudget.Small);
        Push(value);
    }

    private void Number(long value) => Make(value);

    private int Floor => _marks.Count == 0 ? 0 : _marks[^1];

    private object? Peek() => _stack.Count > Floor ? _stack[^1] : throw Error("a pickle that takes a value where there is none");

    private object? Pop()
    {
        object? value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private void Drop()
    {
        if (_marks.Count > 0 && _marks[^1] == _stack.Count)
            _marks.RemoveAt(_marks.Count - 1);
        else
            _ = Pop();
    }

    private object?[] TakeLast(int count)
    {
        if (_stack.Count - Floor < count)
            throw Error("a pickle that takes a value where there is none");
        return TakeFrom(_stack.Count - count);
    }

    private object?[] TakeMarked()
    {
        if (_marks.Count == 0)
            throw Error("a pickle that closes what it never opened");
        int mark = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        return TakeFrom(mark);
    }

    private object?[] TakeFrom(int start)
    {
        budget.Take(MemoryBudget.Small + (8L * (_stack.Count - start)));
        object?[] values = [.. _stack[start..]];
        _stack.RemoveRange(start, _stack.Count - start);
        return values;
    }

    private void Tuple(object?[] items)
    {
        budget.Take(MemoryBudget.Small);
        Push(new PickleTuple(items));
    }

    private PickleList ListOf(object?[] items)
    {
        budget.Take((MemoryBudget.Small * 2) + ((long)MemoryBudget.Slot * items.Length));
        PickleList list = new();
        list.Items.AddRange(items);
        return list;
    }

    private void Extend(object?[] items)
    {
        if (Peek() is not PickleList list)
            throw Error("a pickle that appends to something other than a list");
        budget.Take((long)MemoryBudget.Slot * items.Length);
        list.Items.AddRange(items);
    }

    private void SetItems(object?[] items)
    {
        if (Peek() is not PickleDict dict)
            throw Error("a pickle that sets the items of something other than a dictionary");
        Filled(dict, items);
    }

    private PickleDict Filled(PickleDict dict, object?[] items)
    {
        if (items.Length % 2 != 0)
            throw Error("a pickle with a dictionary key that has no value");
        budget.Take((long)MemoryBudget.Slot * items.Length);
        for (int i = 0; i < items.Length; i += 2)
            dict.Pairs.Add(new(items[i], items[i + 1]));
        return dict;
    }

    private void Remember(uint index)
    {
        if (!_memo.ContainsKey(index))
            budget.Take(MemoryBudget.Small * 2);
        _memo[index] = Peek();
    }

    private void Recall(uint index) =>
        Push(_memo.TryGetValue(index, out object? value) ? value : throw Error($"a pickle that refers to its value {index}, which it never made"));

    private void Long(int count)
    {
        if (count > MaxLongBytes)
            throw Error($"a pickle with a whole number of {count} bytes, expected at most {MaxLongBytes}");
        BigInteger value = new(source.Take(count));
        Make(value >= long.MinValue && value <= long.MaxValue ? (long)value : value);
    }

    private void Text(long count, Encoding encoding)
    {
        byte[] bytes = Taken(count);
        try
        {
            Make(encoding.GetString(bytes));
        }
        catch (DecoderFallbackException)
        {
            throw Error("a pickle with text that is no valid UTF-8");
        }
    }

    private void Bytes(long count) => Make(Taken(count));

    private byte[] Taken(long count)
    {
        source.Require(count);
        // The bytes, and up to two bytes for each character made of them.
        budget.Take((3 * count) + MemoryBudget.Small);
        if (count > Array.MaxLength)
            throw Error($"a pickle with a text of {count} bytes");
        byte[] bytes = new byte[count];
        source.Read(bytes);
        return bytes;
    }

    private string Line()
    {
        Span<byte> bytes = stackalloc byte[MaxNameBytes];
        for (int i = 0; i < MaxNameBytes; i++)
        {
            bytes[i] = source.ReadByte();
            if (bytes[i] == '\n')
            {
                budget.Take(MemoryBudget.Small + (2 * i));
                return Encoding.Latin1.GetString(bytes[..i]);
            }
        }
        throw Error($"a pickle that asks for an object whose name is longer than {MaxNameBytes} bytes");
    }

    private WeightFileException Error(string what) => file.Error($"{what} (at byte {source.Position}): the file is damaged or no file of weights");
}
