import { LRLanguage } from '@codemirror/language';
import { parser } from '@grafana/lezer-logql';
import { styleTags, tags } from '@lezer/highlight';

export const logqlLanguage = LRLanguage.define({
  name: 'logql',
  parser: parser.configure({
    props: [
      styleTags({
        LineComment: tags.comment,
        'Identifier LabelName': tags.labelName,
        String: tags.string,
        'Number Duration Bytes Range': tags.number,
        'Json Logfmt Unpack Pattern Regexp Unwrap LabelFormat LineFormat Decolorize Drop Keep By Without Offset Bool On Ignoring GroupLeft GroupRight And Or Unless':
          tags.keyword,
        'LabelReplace Vector Sum Avg Count Max Min Stddev Stdvar Bottomk Topk Sort Sort_Desc RangeOp/... ConvOp Ip': tags.function(
          tags.variableName,
        ),
        'Eq Neq Re Nre PipeExact PipeMatch PipePattern Npa Pipe Gtr Gte Lss Lte Eql Add Sub Mul Div Mod Pow': tags.operator,
        '⚠': tags.invalid,
      }),
    ],
  }),
  languageData: { closeBrackets: { brackets: ['(', '[', '{', '"', '`'] }, commentTokens: { line: '#' } },
});
