using Triptych.Columnar.Symbols;

namespace Triptych.Logs.Patterns;

/// <summary>
/// Cuts a line into tokens: words, and the separators between them, each a token of its own. A word that is likely to differ from line to line, since it holds
/// a digit, is <see cref="Variable"/> at once; so is one that a pattern could not write.
/// </summary>
/// <param name="mostWordBytes">From so much memory for words on, one that is not known is <see cref="Variable"/>.</param>
internal sealed class PatternTokens(long mostWordBytes)
{
    /// <summary>A word that differs.</summary>
    public const int Variable = -1;

    /// <summary>What of a line is looked at.</summary>
    public const int MaxLineBytes = 3000;

    /// <summary>A longer word is a variable.</summary>
    public const int MaxWordBytes = 64;

    private const int MaxTokens = 256;
    private const int MostOfAWord = 3;
    private const int FirstSeparator = -2;

    private static readonly System.Buffers.SearchValues<byte> Separators = System.Buffers.SearchValues.Create(" \t,;=\"'()[]{}|"u8);

    private readonly int[] _tokens = new int[MaxTokens + 1];

    /// <summary>The words met so far.</summary>
    public SymbolTable Words { get; } = new();

    /// <summary>Whether a token is a separator.</summary>
    public static bool IsSeparator(int token) => token <= FirstSeparator;

    /// <summary>Whether a byte separates words wherever it stands.</summary>
    public static bool IsSeparator(byte c) => Separators.Contains(c);

    /// <summary>Whether a word with that byte is a variable.</summary>
    public static bool MakesVariable(byte c) => c is (>= (byte)'0' and <= (byte)'9') or (byte)'<' or < 0x20 or 0x7f;

    /// <summary>The tokens of a line, valid until the next call. A line of more than the most bytes, or of very many words, ends with a variable.</summary>
    public ReadOnlySpan<int> Cut(ReadOnlySpan<byte> line, int mostBytes)
    {
        var isCut = line.Length > mostBytes;
        if (isCut) line = line[..mostBytes];
        var count = 0;
        while (!line.IsEmpty)
        {
            if (count > MaxTokens - MostOfAWord)
            {
                isCut = true;
                break;
            }

            var end = line.IndexOfAny(Separators);
            if (end == 0)
            {
                _tokens[count++] = FirstSeparator - line[0];
                line = line[1..];
                continue;
            }

            var word = end < 0 ? line : line[..end];
            line = line[word.Length..];
            // A colon inside a word belongs to it, as in times and addresses; one at its edge separates a key from its value.
            if (word[0] == ':')
            {
                _tokens[count++] = FirstSeparator - ':';
                word = word[1..];
            }

            var endsWithColon = word is [.., (byte)':'];
            if (endsWithColon) word = word[..^1];
            if (!word.IsEmpty) _tokens[count++] = TokenOf(word);
            if (endsWithColon) _tokens[count++] = FirstSeparator - ':';
        }

        if (isCut)
        {
            // A word that may go on is a variable; two in a row would be none that a filter takes.
            if (count > 0 && !IsSeparator(_tokens[count - 1])) count--;
            _tokens[count++] = Variable;
        }

        return _tokens.AsSpan(0, count);
    }

    /// <summary>Tokens as the text of a pattern.</summary>
    public string Print(ReadOnlySpan<int> tokens)
    {
        var text = new System.Text.StringBuilder();
        foreach (var token in tokens)
        {
            if (token == Variable) text.Append("<_>");
            else if (IsSeparator(token)) text.Append((char)(FirstSeparator - token));
            else text.Append(Words.GetString(token));
        }

        return text.ToString();
    }

    private int TokenOf(ReadOnlySpan<byte> word)
    {
        if (word.Length > MaxWordBytes) return Variable;
        foreach (var c in word)
        {
            if (MakesVariable(c)) return Variable;
        }

        // Words from outside without end: from some number on what is not known is taken for one that differs.
        if (Words.SizeBytes <= mostWordBytes) return Words.Intern(word);
        var known = Words.Find(System.Text.Encoding.UTF8.GetString(word));
        return known < 0 ? Variable : known;
    }
}
